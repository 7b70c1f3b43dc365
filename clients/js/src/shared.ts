import { PgstrikeError, RequestError } from "./errors.js";
import { sleep } from "./http.js";
import type { Message } from "./messages.js";
import { Panel } from "./panel.js";
import type { PanelQuery } from "./query.js";
import type { StreamEvent } from "./sse.js";
import { Stream } from "./stream.js";
import type { Mode, StreamOptions } from "./stream_options.js";
import { Tabs } from "./tabs.js";
import { covers, fixedPart, isFor, joined, showPart } from "./wishes.js";

const COUNT_MS = 60_000; // between two looks for tabs that have gone without a word

/** How the tab that leads reads the stream of a query. */
export interface SharedSource {
  /** Of the server and the reader: tabs with another name share nothing. */
  name(): Promise<string>;
  url(query: PanelQuery): string;
  options(query: PanelQuery): StreamOptions;
}

export interface SharedOptions {
  signal?: AbortSignal;
  onMode?: (mode: Mode) => void;
  /** Resets, and events of other topics. */
  onEvent?: (event: StreamEvent) => void;
}

/**
 * A panel that all tabs of a browser read by one stream. Iterate over it once: it gives the panel
 * after changes, the same object each time. One tab reads the stream and passes each frame on;
 * when it goes, another resumes after the last frame that it got.
 */
export class SharedPanel implements AsyncIterable<Panel> {
  mode: Mode = "connecting";
  readonly panel = new Panel();
  readonly #source: SharedSource;
  readonly #options: SharedOptions;
  readonly #ended = new AbortController();
  #query: PanelQuery; // of this tab
  #tabs: Tabs<Message> | null = null;
  // What all tabs know of the stream.
  #all = new Panel();
  #hasState = false;
  #streamed: PanelQuery | null = null;
  #position = "";
  #number = 0; // of the newest frame
  readonly #wishes = new Map<string, PanelQuery>();
  // The leader's.
  #stream: Stream | null = null;
  #reading: AbortController | null = null;
  #silent = new Set<string>();
  // What the iteration has not given yet.
  #isNew = false;
  #error: Error | null = null;
  #wake: () => void = () => undefined;

  constructor(query: PanelQuery, source: SharedSource, options: SharedOptions = {}) {
    this.#query = query;
    this.#source = source;
    this.#options = options;
    if (options.signal?.aborted) this.#end();
    options.signal?.addEventListener("abort", this.#end);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Panel, void, undefined> {
    try {
      await this.#join();
      while (!this.#ended.signal.aborted) {
        if (this.#isNew) {
          this.#isNew = false;
          yield this.panel;
        } else if (this.#error) throw this.#error;
        else await new Promise<void>((resolve) => { this.#wake = resolve; });
      }
    } finally {
      this.#end();
    }
  }

  /** Go on with another query: of other symbols, expiries, fields or topics. */
  change(query: PanelQuery): void {
    if (fixedPart(query) !== fixedPart(this.#query)) {
      throw new TypeError("only symbol, expiry, fields and topic of a shared panel can change");
    }
    this.#query = query;
    this.#show();
    this.#sayWish();
  }

  /** Have the connection opened again, now: after the machine slept it may be dead. */
  again(): void {
    if (this.#tabs?.isLeader) void this.#stream?.again();
    else this.#say({ kind: "again" });
  }

  #end = (): void => {
    this.#say({ kind: "wish", query: null, lacksState: false });
    this.#options.signal?.removeEventListener("abort", this.#end);
    this.#ended.abort();
    this.#wake();
  };

  async #join(): Promise<void> {
    const name = `${await this.#source.name()} ${fixedPart(this.#query)}`;
    const { signal } = this.#ended;
    if (signal.aborted) return;
    this.#tabs = new Tabs<Message>(name, {
      lead: () => this.#lead(),
      take: (message, from) => this.#take(message, from),
    }, signal);
    globalThis.addEventListener?.("pagehide", () =>
      this.#say({ kind: "wish", query: null, lacksState: false }), { signal });
    globalThis.addEventListener?.("pageshow", (shown) => {
      if ((shown as PageTransitionEvent).persisted) this.#sayWish();
    }, { signal });
    this.#tabs.start();
    this.#sayWish();
  }

  #say(message: Message): void {
    this.#tabs?.say(message);
  }

  #sayWish(): void {
    const lacksState = !this.#hasState;
    this.#say({ kind: "wish", query: this.#query, lacksState });
    if (this.#tabs) this.#note(this.#tabs.me, this.#query, false);
  }

  #take(message: Message, from: string): void {
    const { kind } = message;
    if (kind === "wish") this.#note(from, message.query, message.lacksState);
    else if (kind === "again") return this.#tabs!.isLeader ? this.again() : undefined;
    else if (this.#tabs!.isLeader) return; // the last words of the tab that led before
    else if (kind === "state") this.#start(message);
    else if (kind === "count") this.#sayWish();
    else if (kind === "query") this.#streamed = message.query;
    else if (kind === "mode") this.#become(message.mode);
    else if (kind === "error") this.#fail(message);
    else this.#follow(message.number, message.event);
  }

  #start(message: Message & { kind: "state" }): void {
    if (message.to !== this.#tabs!.me) return;
    Object.assign(this.#all, message.held);
    this.#streamed = message.query;
    this.#position = message.position;
    this.#number = message.number;
    this.#hasState = true;
    this.#become(message.mode);
    this.#show();
  }

  #follow(number: number, event: StreamEvent): void {
    const follows = number === this.#number + 1;
    this.#number = number;
    if (event.type === "snapshot") this.#hasState = true;
    else if (!this.#hasState) return;
    else if (!follows) {
      // Frames are missing: the leader sends the state.
      this.#hasState = false;
      return this.#sayWish();
    }
    this.#apply(event);
  }

  #apply(event: StreamEvent): void {
    this.#position = event.id;
    if (this.#all.apply(event)) this.#show();
    else if (isFor(this.#query, event.type, event.data)) this.#options.onEvent?.(event);
  }

  #show(): void {
    if (!this.#hasState) return;
    showPart(this.panel, this.#all, this.#query);
    this.#isNew = true;
    this.#wake();
  }

  #become(mode: Mode): void {
    if (mode === this.mode) return;
    this.mode = mode;
    this.#options.onMode?.(mode);
  }

  #fail({ to, code, message, status }: Message & { kind: "error" }): void {
    if (to !== "" && to !== this.#tabs!.me) return;
    this.#error = status === null
      ? new PgstrikeError(code, message) : new RequestError(status, code, message);
    this.#wake();
  }

  #lead(): void {
    const { signal } = this.#ended;
    signal.addEventListener("abort", () => this.#reading?.abort());
    this.#wishes.set(this.#tabs!.me, this.#query);
    // First what the tab before read, from where it stood: nothing is missed.
    if (this.#streamed && this.#hasState) this.#open(this.#streamed, this.#position);
    this.#tune(false);
    void this.#count(signal);
  }

  async #count(until: AbortSignal): Promise<void> {
    for (;;) {
      this.#silent = new Set(this.#wishes.keys());
      this.#silent.delete(this.#tabs!.me);
      this.#say({ kind: "count" });
      await sleep(COUNT_MS, until);
      if (until.aborted) return;
      for (const tab of this.#silent) this.#wishes.delete(tab);
      this.#tune(true);
    }
  }

  #note(tab: string, query: PanelQuery | null, lacksState: boolean): void {
    this.#silent.delete(tab);
    this.#wishes.delete(tab); // so that the newest wish is the last one
    if (query !== null) this.#wishes.set(tab, query);
    if (!this.#tabs!.isLeader) return;
    this.#tune(false);
    const streamed = this.#streamed;
    if (!lacksState || !this.#hasState || !streamed) return;
    const { clock, chains, event } = this.#all;
    this.#say({
      kind: "state", to: tab, held: { clock, chains, event }, query: streamed,
      position: this.#position, number: this.#number, mode: this.mode,
    });
  }

  /** Read what all tabs want. What none wants any more is left out at a count. */
  #tune(narrows: boolean): void {
    const wanted = joined([...this.#wishes.values()]);
    const now = this.#streamed;
    if (wanted === null) return;
    const isOpen = this.#stream !== null && !this.#reading!.signal.aborted;
    if (isOpen && now && covers(now, wanted) && !(narrows && !covers(wanted, now))) return;
    if (!isOpen) return this.#open(wanted, "");
    this.#streamed = wanted;
    this.#say({ kind: "query", query: wanted });
    const { poll } = this.#source.options(wanted);
    void this.#stream!.change(this.#source.url(wanted), poll);
  }

  #open(query: PanelQuery, after: string): void {
    this.#reading?.abort();
    const reading = this.#reading = new AbortController();
    this.#streamed = query;
    this.#say({ kind: "query", query });
    this.#stream = new Stream(this.#source.url(query), {
      ...this.#source.options(query),
      ...(after && { after }),
      signal: reading.signal,
      onMode: (mode) => {
        if (reading.signal.aborted) return;
        this.#say({ kind: "mode", mode });
        this.#become(mode);
      },
    });
    void this.#read(this.#stream, reading);
  }

  async #read(stream: Stream, reading: AbortController): Promise<void> {
    try {
      for await (const event of stream) {
        if (reading.signal.aborted) return;
        this.#number += 1;
        this.#say({ kind: "frame", number: this.#number, event });
        if (event.type === "snapshot") this.#hasState = true;
        this.#apply(event);
      }
    } catch (error) {
      if (!reading.signal.aborted) this.#refuse(error as Error, reading);
    }
  }

  // A wrong wish of one tab is no error of the others; the newest one is tried without first.
  #refuse(error: Error, reading: AbortController): void {
    reading.abort();
    const isOfOne = error instanceof RequestError && error.status !== 401;
    const tab = isOfOne ? [...this.#wishes.keys()].at(-1) ?? "" : "";
    const message = {
      kind: "error" as const, to: tab, message: error.message,
      code: error instanceof PgstrikeError ? error.code : "failed",
      status: error instanceof RequestError ? error.status : null,
    };
    this.#say(message);
    this.#fail(message);
    this.#wishes.delete(tab);
    if (isOfOne) this.#tune(false);
  }
}
