import { PgstrikeError, RequestError, UnavailableError } from "./errors.js";

/** Headers and cookies, as fetch takes them. */
export interface Access {
  readonly headers?: Record<string, string>;
  readonly credentials?: RequestCredentials;
}

// The request is right, and the server (or a proxy) cannot serve it now.
const TRY_LATER = new Set([408, 425, 429]);

/** Nothing came for as long as the request allows. To callers it is an UnavailableError. */
export class SilentError extends UnavailableError {
  override name = "UnavailableError";
}

/** One request. A silence as long as `stall` (ms), or the caller's signal, ends it. */
export class Request {
  stall: number;
  #abort = new AbortController();
  #signal: AbortSignal | undefined;
  #end = () => this.#abort.abort();

  constructor(stall: number, signal?: AbortSignal) {
    this.stall = stall;
    this.#signal = signal;
    if (signal?.aborted) this.#end();
    signal?.addEventListener("abort", this.#end);
  }

  send(url: string, access: Access, init: RequestInit = {}): Promise<Response> {
    return this.heard(fetch(url, {
      cache: "no-store",
      credentials: access.credentials ?? "same-origin",
      ...init,
      headers: { ...access.headers, ...init.headers as Record<string, string> },
      signal: this.#abort.signal,
    }));
  }

  /** What a promise of the network gives, if it comes in time. */
  async heard<T>(promise: Promise<T>): Promise<T> {
    // Only a wait for the server counts, and not the time that the caller takes.
    let Lost = UnavailableError;
    const timer = setTimeout(() => {
      Lost = SilentError;
      this.#end();
    }, this.stall);
    try {
      return await promise;
    } catch (cause) {
      this.#signal?.throwIfAborted();
      throw new Lost(
        "connection_lost", `the connection was lost: ${String(cause)}`, { cause },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#signal?.removeEventListener("abort", this.#end);
    this.#end();
  }

  /** The error of a response with a status of 400 or more. */
  async errorOf(response: Response): Promise<PgstrikeError | null> {
    const { status } = response;
    if (status < 400) return null;
    const [code, message] = codeAndMessage(status, await this.heard(response.text()));
    if (!TRY_LATER.has(status) && status < 500) {
      return new RequestError(status, code, message);
    }
    const retryAfter = waitOf(response.headers.get("Retry-After"));
    return new UnavailableError(code, message, { status, retryAfter });
  }
}

// Those of a pgstrike server; of anything else the status and the text's beginning.
function codeAndMessage(status: number, text: string): [string, string] {
  try {
    const { code, message } = JSON.parse(text).error;
    if (code !== undefined && message !== undefined) return [String(code), String(message)];
  } catch {
    // No JSON, or no object.
  }
  return [`http_${status}`, text.slice(0, 200) || `the server answered ${status}`];
}

// Retry-After is seconds or a date. Gives ms.
function waitOf(text: string | null): number | null {
  if (text === null) return null;
  if (/^[0-9]+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

/** Sleep, or return at once when the signal is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}
