import { RequestError } from "../../clients/js/src/errors.js";
import { type Chain, Panel } from "../../clients/js/src/panel.js";
import { search } from "../../clients/js/src/query.js";
import type { StreamEvent } from "../../clients/js/src/sse.js";
import { type Mode, Stream } from "../../clients/js/src/stream.js";
import type { Api } from "./api.js";
import { type Bootstrap, readBootstrap } from "./bootstrap.js";

export type LiveChain = Chain;

/** The figures that the stream brings; a name without its leg is both legs. */
export const FIELDS = [
  "ltp", "bid", "ask", "iv", "oi", "volume", "delta", "gamma", "theta", "vega",
];
const CHANNEL = "pgstrike-live";
const INTERVAL_MS = 200;
const POLL_AFTER_MS = 4000; // without a stream
const POLL_MS = 3000;
const ASK_MS = 60_000; // between two looks for tabs that have gone without a word

/** What a tab wants to see. */
interface Wish {
  symbol: string;
  expiry: string;
}

type Message =
  | { kind: "wish"; tab: string; wish: Wish | null }
  | { kind: "ask" } // the leader: who is there?
  | { kind: "frame"; event: StreamEvent }
  | { kind: "state"; panel: Held; mode: Mode }
  | { kind: "mode"; mode: Mode }
  | { kind: "open"; symbols: string[] } // another stream begins, of these symbols
  | { kind: "polled"; bootstrap: Bootstrap }
  | { kind: "refused"; code: string; message: string };

type Held = Pick<Panel, "clock" | "chains" | "event"> & { symbols?: readonly string[] };

/** What a page does with what the stream brings. */
export interface Heard {
  /** Figures came. */
  beat(): void;
  /** The leader cannot stream, and polled. */
  polled(bootstrap: Bootstrap): void;
  mode(mode: Mode): void;
  /** The server refuses the stream: the key was revoked, or the session has ended. */
  refused(code: string, message: string): void;
  /** An event of another topic: task, ops. */
  other(event: StreamEvent): void;
}

/**
 * The one stream of a browser, for all its tabs. The tab that holds a lock reads it, and passes
 * each frame on; when that tab is closed another takes its place. Where a proxy keeps the stream
 * back, the leader polls, and the pages say so.
 */
export class Live {
  mode: Mode = "connecting";
  event = "";
  panel: Held = new Panel();
  readonly #api: Api;
  readonly #heard: Heard;
  readonly #tab = crypto.getRandomValues(new Uint32Array(2)).join("-");
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #ended = new AbortController();
  #wish: Wish | null = null;
  #isLeader = false;
  #hasState = false;
  #wishes = new Map<string, Wish>();
  #stream: AbortController | null = null;
  #query = "";
  #symbols: readonly string[] = []; // of the stream
  #topics: string[];
  #isUp = false; // whether the leader's stream has frames; false: it polls

  constructor(api: Api, topics: string[], heard: Heard) {
    this.#api = api;
    this.#topics = topics;
    this.#heard = heard;
    this.#channel.onmessage = ({ data }) => this.#take(data as Message);
    const hide = () => this.#say({ kind: "wish", tab: this.#tab, wish: null });
    addEventListener("pagehide", hide, this.#ended);
    addEventListener("pageshow", (shown) => {
      if (shown.persisted) this.#sayWish();
    }, this.#ended);
    this.#seekLead();
  }

  /** Which chain this tab shows live; null: none, it looks at the past. */
  watch(wish: Wish | null): void {
    if (wish?.symbol === this.#wish?.symbol && wish?.expiry === this.#wish?.expiry) return;
    this.#wish = wish;
    this.#sayWish();
  }

  chain(symbol: string, expiry: string): LiveChain | null {
    return this.panel.chains.get(`${symbol} ${expiry}`) ?? null;
  }

  /** The market's time of a symbol by its figures; null: none came. */
  clockOf(symbol: string): string | null {
    const { chains, clock } = this.panel;
    const times = [...chains.values()].filter((chain) => chain.symbol === symbol)
      .map(({ quoteTime }) => quoteTime);
    // The clock of a stream of several symbols is that of the one furthest on.
    if (times.length > 0 && clock !== null && this.#symbols.length === 1) return clock;
    return times.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? null;
  }

  close(): void {
    // Nobody needs the figures of this tab now.
    this.#say({ kind: "wish", tab: this.#tab, wish: null });
    this.#ended.abort();
    this.#stream?.abort();
    this.#channel.close();
  }

  #seekLead(): void {
    // Locks are there on secure pages only; elsewhere each tab reads a stream of its own.
    if (!navigator.locks) return void this.#lead();
    const { signal } = this.#ended;
    navigator.locks.request(CHANNEL, { signal }, () => this.#lead()).catch(() => undefined);
  }

  #lead(): Promise<void> {
    this.#isLeader = true;
    this.#sayWish();
    this.#say({ kind: "ask" });
    let ending: ReturnType<typeof setTimeout> | undefined;
    const asking = setInterval(() => {
      ending = this.#askAgain();
    }, ASK_MS);
    return new Promise((resolve) => {
      this.#ended.signal.addEventListener("abort", () => {
        clearInterval(asking);
        clearTimeout(ending);
        resolve();
      });
    });
  }

  #askAgain(): ReturnType<typeof setTimeout> {
    const silent = new Set(this.#wishes.keys());
    silent.delete(this.#tab);
    this.#silent = silent;
    this.#say({ kind: "ask" });
    return setTimeout(() => {
      for (const tab of this.#silent) this.#wishes.delete(tab);
      this.#open();
    }, ASK_MS / 2);
  }

  #silent = new Set<string>();

  #sayWish(): void {
    this.#say({ kind: "wish", tab: this.#tab, wish: this.#wish });
    if (this.#isLeader) this.#note(this.#tab, this.#wish);
  }

  #say(message: Message): void {
    if (!this.#ended.signal.aborted) this.#channel.postMessage(message);
  }

  #take(message: Message): void {
    if (this.#isLeader) {
      if (message.kind === "wish") this.#note(message.tab, message.wish);
      return;
    }
    if (message.kind === "ask") this.#sayWish();
    else if (message.kind === "state") this.#start(message.panel, message.mode);
    else if (message.kind === "frame") this.#apply(message.event);
    else if (message.kind === "mode") this.#become(message.mode);
    else if (message.kind === "open") this.#symbols = message.symbols;
    else if (message.kind === "polled") this.#polled(message.bootstrap);
    else if (message.kind === "refused") this.#heard.refused(message.code, message.message);
  }

  // The leader: note what a tab wants, and send the tab the state so far.
  #note(tab: string, wish: Wish | null): void {
    if (this.#ended.signal.aborted) return;
    this.#silent.delete(tab);
    if (wish === null) this.#wishes.delete(tab);
    else this.#wishes.set(tab, wish);
    if (!this.#open() && tab !== this.#tab) {
      this.#say({ kind: "state", panel: { ...this.panel, symbols: this.#symbols }, mode: this.mode });
    }
  }

  /** Read the stream of all wishes, if it is not that already. */
  #open(): boolean {
    const wishes = [...this.#wishes.values()];
    const symbols = [...new Set(wishes.map(({ symbol }) => symbol))].sort();
    const query = wishes.length === 0 ? "" : search({
      symbol: symbols,
      expiry: [...new Set(wishes.map(({ expiry }) => expiry))].sort(),
      topic: this.#topics,
      fields: FIELDS.join(","),
      interval: INTERVAL_MS,
    });
    if (query === this.#query) return false;
    this.#query = query;
    this.#stream?.abort();
    this.#pass({ kind: "open", symbols });
    // What the stream before brought is not live from here on.
    if (this.mode !== "polling") this.#pass({ kind: "mode", mode: "connecting" });
    this.#stream = query === "" ? null : new AbortController();
    if (this.#stream) void this.#follow(`/v1/stream${query}`, this.#stream.signal);
    return true;
  }

  async #follow(url: string, signal: AbortSignal): Promise<void> {
    this.#isUp = false;
    void this.#pollWhileDown(signal);
    const onMode = (mode: Mode) => {
      if (mode === "streaming") this.#isUp = true;
      else if (mode === "waiting") this.#isUp = false;
      if (mode === "streaming" || this.mode !== "polling") this.#pass({ kind: "mode", mode });
    };
    try {
      for await (const event of new Stream(url, { signal, onMode })) {
        this.#pass({ kind: "frame", event });
      }
    } catch (error) {
      if (!signal.aborted) this.#refuse(error);
    }
  }

  // Without a session there is nothing to read. Another refusal leaves polling.
  #refuse(error: unknown): void {
    this.#isUp = false;
    if (!(error instanceof RequestError) || error.status !== 401) return;
    this.#query = "";
    this.#stream?.abort();
    this.#pass({ kind: "refused", code: error.code, message: error.message });
  }

  async #pollWhileDown(signal: AbortSignal): Promise<void> {
    let downSince = performance.now();
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS / 3));
      if (this.#isUp) downSince = performance.now();
      else if (performance.now() - downSince > POLL_AFTER_MS) {
        await this.#poll(signal);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    try {
      const bootstrap = await readBootstrap(this.#api, signal);
      if (this.#isUp || signal.aborted) return;
      if (this.mode !== "polling") this.#pass({ kind: "mode", mode: "polling" });
      this.#pass({ kind: "polled", bootstrap });
    } catch (error) {
      if (signal.aborted || this.#isUp) return;
      if (error instanceof RequestError && error.status === 401) this.#refuse(error);
      else if (this.mode === "polling") this.#pass({ kind: "mode", mode: "waiting" });
    }
  }

  // To the other tabs, and to this one.
  #pass(message: Message): void {
    this.#say(message);
    if (message.kind === "frame") {
      this.#hasState = true;
      this.#apply(message.event);
    } else if (message.kind === "mode") this.#become(message.mode);
    else if (message.kind === "open") this.#symbols = message.symbols;
    else if (message.kind === "polled") this.#polled(message.bootstrap);
    else if (message.kind === "refused") this.#heard.refused(message.code, message.message);
  }

  #start(held: Held, mode: Mode): void {
    const panel = new Panel();
    panel.clock = held.clock;
    panel.chains = held.chains;
    panel.event = held.event;
    this.panel = panel;
    this.#symbols = held.symbols ?? [];
    this.#hasState = held.chains.size > 0;
    this.#become(mode);
    this.#beat(panel.event?.id ?? "");
  }

  #apply(event: StreamEvent): void {
    // A frame is a change of a state, which comes first.
    if (!this.#hasState && event.type !== "snapshot") return;
    this.#hasState = true;
    if ((this.panel as Panel).apply(event)) this.#beat(event.id);
    else this.#heard.other(event);
  }

  #beat(event: string): void {
    this.event = event;
    this.#heard.beat();
  }

  #polled(bootstrap: Bootstrap): void {
    this.event = bootstrap.event;
    this.#heard.polled(bootstrap);
  }

  #become(mode: Mode): void {
    if (mode === this.mode) return;
    this.mode = mode;
    this.#heard.mode(mode);
  }
}
