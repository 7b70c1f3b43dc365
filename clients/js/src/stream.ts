import { FrameTooLongError, UnavailableError } from "./errors.js";
import { Request, SilentError, sleep } from "./http.js";
import { MAX_FRAME_BYTES, Parser, type StreamEvent } from "./sse.js";
import { type Mode, type StreamOptions, TIMING, type Timing } from "./stream_options.js";

const NEVER_STREAMED = 3; // attempts in a row without a frame, before polling
const REMEMBERED_IDS = 1000; // an event that comes again within so many is left out
const PANEL_PARAMETERS = ["strikes", "fields", "interval", "timeframe"];

class Reread extends Error {}
class NoStreamError extends Error {}

/** A connection that is open, and not read yet. */
interface Opened {
  change: number; // which subscription it is of
  request: Request;
  response: Response;
}

/**
 * A stream of events that goes on, whatever happens to the connection. Iterate over it once:
 * for await (const event of stream).
 *
 * It resumes after the last event, waits as long as the server asks, reads a snapshot again
 * after a reset, and polls that snapshot where streaming is impossible; `mode` says which.
 * Without a `snapshot` a reset comes as an event of type `reset`. A RequestError is thrown
 * where the server refuses the request.
 */
export class Stream implements AsyncIterable<StreamEvent> {
  mode: Mode = "connecting";
  position: string;
  #url: string;
  #request: Request | null = null; // that is read
  #next: Opened | null = null; // takes the place of that, or of the wait for one
  #changes = 0; // of the subscription
  #read = 0; // the change that is read
  #held = 0; // the change whose state was handed on
  #options: StreamOptions;
  readonly #timing: Timing;
  readonly #isPanel: boolean;
  readonly #recent = new Set<string>(); // ids of events that were handed on
  #retry: number;
  #failures = 0;
  #unstreamed = 0;
  #wasTooLong = false;
  #waiting: AbortController | null = null; // ended by a change

  constructor(url: string, options: StreamOptions = {}) {
    this.#isPanel = isPanel(url);
    if (this.#isPanel && options.snapshot) {
      throw new TypeError("a panel's stream brings its state; leave snapshot out");
    }
    this.position = options.after ?? "";
    this.#url = url;
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#retry = this.#timing.firstWait;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, undefined> {
    const { snapshot, poll, signal } = this.#options;
    let mustRead = snapshot !== undefined && this.position === "";
    while (!signal?.aborted) {
      let asked: number | null = null;
      try {
        if (mustRead) {
          yield await this.#readSnapshot();
          mustRead = false;
        }
        yield* this.#readStream();
      } catch (error) {
        if (signal?.aborted) return;
        if (this.#next) continue;
        if (error instanceof Reread) mustRead = true;
        else if (error instanceof NoStreamError || this.#isHeldBack(error)) {
          this.#unstreamed = NEVER_STREAMED;
        } else if (error instanceof UnavailableError) asked = error.retryAfter;
        else if (error instanceof FrameTooLongError && !this.#wasTooLong) {
          this.#wasTooLong = true;
        } else throw error;
      }
      if (this.#next) continue;
      if ((snapshot || poll) && this.#unstreamed >= NEVER_STREAMED) {
        yield* this.#poll();
        this.#unstreamed = 0;
      } else {
        await this.#wait(asked);
      }
    }
  }

  /**
   * Go on with another subscription, without a gap: its connection is opened at the newest
   * id before the present one is closed. A raw stream misses and repeats no event; a panel's
   * whole new state comes first. Where it cannot be opened, it is tried as after a cut.
   */
  async change(url: string, poll?: StreamOptions["poll"]): Promise<void> {
    if (isPanel(url) !== this.#isPanel) {
      throw new TypeError("a panel stays a panel, and a raw stream a raw one");
    }
    this.#url = url;
    if (poll) this.#options = { ...this.#options, poll };
    const change = ++this.#changes;
    const opened = await this.#open().catch(() => null);
    if (change !== this.#changes) return opened?.request.close(); // another came since
    this.#next?.request.close();
    this.#next = opened;
    this.#request?.close();
    this.#waiting?.abort();
  }

  /** Open the connection again, now: after the machine slept it may be dead without a sign. */
  again(): Promise<void> {
    this.#setMode("connecting");
    return this.change(this.#url);
  }

  // Whether a proxy seems to keep the stream back: no frame came in the time that one may take.
  #isHeldBack(error: unknown): boolean {
    const { firstFrame, stall } = this.#timing;
    return error instanceof SilentError && this.#unstreamed > 0 && firstFrame < stall;
  }

  #setMode(mode: Mode): void {
    if (mode === this.mode) return;
    this.mode = mode;
    this.#options.onMode?.(mode);
  }

  async #wait(asked: number | null): Promise<void> {
    this.#setMode("waiting");
    const { longestRetry, longestWait } = this.#timing;
    const first = Math.min(this.#retry, longestRetry);
    const most = Math.max(longestWait, first);
    const backoff = Math.min(most, first * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    const ms = asked === null ? backoff : Math.min(asked, longestRetry);
    // Jitter only lengthens what the server asked for.
    await this.#sleep(ms + Math.random() * backoff / 2);
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#options;
    const waiting = this.#waiting = new AbortController();
    await sleep(ms, signal ? AbortSignal.any([signal, waiting.signal]) : waiting.signal);
  }

  async #readSnapshot(): Promise<StreamEvent> {
    const { snapshot, signal } = this.#options;
    const { event: id, text } = await snapshot!(signal ? { signal } : {});
    this.#startAt(id);
    return { type: "snapshot", data: text, id };
  }

  async #readState(): Promise<StreamEvent> {
    const { poll, signal } = this.#options;
    if (!poll) return this.#readSnapshot();
    const event = await poll(signal ? { signal } : {});
    this.#startAt(event.id);
    return event;
  }

  async *#readStream(): AsyncGenerator<StreamEvent, void, undefined> {
    const next = this.#next;
    this.#next = null;
    if (!next) this.#setMode("connecting");
    this.#unstreamed += 1;
    const { request, response, change } = next ?? await this.#open();
    this.#request = request;
    this.#read = change;
    try {
      const error = await request.errorOf(response);
      if (error instanceof UnavailableError) this.#unstreamed -= 1; // says nothing of streaming
      if (error !== null) throw error;
      const type = response.headers.get("Content-Type") ?? "";
      if (response.status !== 200 || !/^text\/event-stream\s*(;|$)/i.test(type)) {
        throw new NoStreamError();
      }
      yield* this.#events(response.body!.getReader(), request);
    } finally {
      this.#request = null;
      request.close();
    }
  }

  async #open(): Promise<Opened> {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    // The state of another panel is not what this one's changes are of.
    const change = this.#changes;
    const position = this.#isPanel && change !== this.#held ? "" : this.position;
    if (position) headers["Last-Event-ID"] = position;
    const { firstFrame, stall } = this.#timing;
    const request = new Request(Math.min(firstFrame, stall), this.#options.signal);
    try {
      const response = await request.send(this.#url, this.#options, { headers });
      return { change, request, response };
    } catch (error) {
      request.close();
      throw error;
    }
  }

  async *#events(
    reader: ReadableStreamDefaultReader<Uint8Array>, request: Request,
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const parser = new Parser(this.position, this.#options.maxFrameBytes ?? MAX_FRAME_BYTES);
    for (;;) {
      const { done, value } = await request.heard(reader.read());
      if (done) return;
      const events = parser.feed(value);
      if (parser.hasId) {
        this.#unstreamed = 0;
        request.stall = this.#timing.stall;
        this.#setMode("streaming");
      }
      for (const event of events) if (this.#take(event)) yield event;
      this.#standAt(parser.lastId);
      if (parser.retry !== null) this.#retry = parser.retry;
    }
  }

  // Whether to hand an event on; one that was handed on before is left out.
  #take({ type, id }: StreamEvent): boolean {
    if (type === "reset") {
      if (this.#options.snapshot) throw new Reread();
      this.#startAt(id);
      return true;
    }
    if (this.#isPanel && type === "snapshot") {
      // The whole state: it counts even where its id is no new one.
      this.#startAt(id);
      this.#held = this.#read;
      this.#progress();
      return true;
    }
    if (this.#recent.has(id) || id === this.position) return false;
    this.#recent.add(id);
    if (this.#recent.size > REMEMBERED_IDS) {
      const [oldest] = this.#recent;
      this.#recent.delete(oldest!);
    }
    this.#standAt(id);
    return true;
  }

  // Go on after an id, whatever came before it.
  #startAt(id: string): void {
    this.position = id;
    this.#recent.clear();
  }

  #standAt(id: string): void {
    if (id === this.position) return;
    this.position = id;
    this.#progress();
  }

  #progress(): void {
    this.#failures = 0;
    this.#wasTooLong = false;
  }

  // Poll for a while. A poll that fails is tried again at the next one's time. The one that
  // succeeds after it ends the polling, because the server is back.
  async *#poll(): AsyncGenerator<StreamEvent, void, undefined> {
    const { signal } = this.#options;
    const end = performance.now() + this.#timing.tryStream;
    let seen = this.position;
    let hasFailed = false;
    while (performance.now() < end && !signal?.aborted && !this.#next) {
      let wait = this.#timing.poll;
      try {
        const event = await this.#readState();
        this.#setMode("polling");
        if (event.id !== seen) {
          seen = event.id;
          yield event;
        }
        if (hasFailed) return;
      } catch (error) {
        if (signal?.aborted) return;
        if (!(error instanceof UnavailableError)) throw error;
        this.#setMode("waiting");
        hasFailed = true;
        const asked = Math.min(error.retryAfter ?? 0, this.#timing.longestRetry);
        wait = Math.max(wait, asked);
      }
      if (!this.#next) await this.#sleep(wait * (1 + Math.random() / 5));
    }
  }
}

const isPanel = (url: string): boolean => {
  const { searchParams } = new URL(url, globalThis.location?.href);
  return PANEL_PARAMETERS.some((name) => searchParams.has(name));
};
