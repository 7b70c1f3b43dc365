import { type Answer, parseAnswer } from "../../clients/js/src/answer.js";
import { UnavailableError } from "../../clients/js/src/errors.js";
import { Request } from "../../clients/js/src/http.js";
import { search } from "../../clients/js/src/query.js";

export { PgstrikeError, RequestError, UnavailableError } from "../../clients/js/src/errors.js";
export type { Answer } from "../../clients/js/src/answer.js";

const ANSWER_MS = 60_000; // the server ends a query after 30 s

/** A row by the names of its columns; unknown is null. */
export type Row = Record<string, any>;

export type Params = Record<string, string | number | boolean | string[] | null | undefined>;

/** The server's paths, by the cookie of the session. Errors are those of the client library. */
export class Api {
  /** The rows of a path with a table: get("/v1/metrics/pcr", { symbol: "NIFTY" }, signal). */
  async get(path: string, params: Params, signal?: AbortSignal): Promise<Answer> {
    return parseAnswer(await this.text(path, params, signal));
  }

  /** The JSON of a path that answers an object. */
  async json<T>(path: string, params: object = {}, signal?: AbortSignal): Promise<T> {
    return parsed<T>(await this.text(path, params, signal));
  }

  /** The text of an answer that begins within some ms. */
  text(
    path: string, params: object, signal?: AbortSignal, within = ANSWER_MS,
  ): Promise<string> {
    return this.#read(path + search(params), {}, signal, within);
  }

  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    return parsed<T>(await this.#read(path, init));
  }

  /** Exchange a key, or the code of a sign-in link, for the cookie of a session. */
  async signIn(scheme: "Bearer" | "Code", secret: string): Promise<void> {
    const headers = { Authorization: `${scheme} ${secret}` };
    await this.#read("/session", { method: "POST", headers });
  }

  async #read(
    path: string, init: RequestInit, signal?: AbortSignal, within = ANSWER_MS,
  ): Promise<string> {
    const request = new Request(within, signal);
    try {
      // "no-cache" asks with the ETag of the stored answer; a 304 costs no body.
      const response = await request.send(path, {}, { cache: "no-cache", ...init });
      const error = await request.errorOf(response);
      if (error !== null) throw error;
      return await request.heard(response.text());
    } finally {
      request.close();
    }
  }
}

/** The rows of an answer as objects. */
export function rowsOf(answer: Answer): Row[] {
  const { columns } = answer;
  return answer.rows.map((values) => {
    const row: Row = {};
    for (let at = 0; at < columns.length; at += 1) row[columns[at]!] = values[at];
    return row;
  });
}

function parsed<T>(text: string): T {
  if (text === "") return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new UnavailableError("no_answer", "the response is not JSON; is a proxy down?");
  }
}
