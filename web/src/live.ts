import { RequestError } from "../../clients/js/src/errors.js";
import { type Chain, Panel, stateOf } from "../../clients/js/src/panel.js";
import { type PanelQuery, search } from "../../clients/js/src/query.js";
import { SharedPanel, type SharedSource } from "../../clients/js/src/shared.js";
import type { StreamEvent } from "../../clients/js/src/sse.js";
import type { Mode } from "../../clients/js/src/stream_options.js";
import type { Api } from "./api.js";

export type LiveChain = Chain;

/** The figures that the stream brings; a name without its leg is both legs. */
export const FIELDS = [
  "ltp", "bid", "ask", "iv", "oi", "volume", "delta", "gamma", "theta", "vega",
];
const INTERVAL_MS = 200;
// In ms. A reader sees within 10 s that the page polls, and within a minute that it streams again.
const TIMING = { firstFrame: 5000, poll: 3000, tryStream: 30_000 };
const POLL_ANSWER_MS = 10_000; // a network that is back is noticed as soon

/** What a tab wants to see. */
interface Wish {
  symbol: string;
  expiry: string;
}

/** What a page does with what the stream brings. */
export interface Heard {
  /** Figures came. */
  beat(): void;
  mode(mode: Mode): void;
  /** The server refuses the stream: the key was revoked, or the session has ended. */
  refused(code: string, message: string): void;
  /** An event of another topic: task, ops. */
  other(event: StreamEvent): void;
}

/** The live figures of a page, by the one stream of all tabs of the same reader. */
export class Live {
  mode: Mode = "connecting";
  panel = new Panel();
  readonly #source: SharedSource;
  readonly #topics: string[];
  readonly #heard: Heard;
  #wish: Wish | null = null;
  #shared: SharedPanel | null = null;
  #reading = new AbortController();

  /** Tabs of another reader share nothing with this one. */
  constructor(api: Api, reader: string, topics: string[], heard: Heard) {
    this.#source = sourceOf(api, reader);
    this.#topics = topics;
    this.#heard = heard;
  }

  /** The newest event that the figures include; "": none came. */
  get event(): string {
    return this.panel.event?.id ?? "";
  }

  /** Which chain this tab shows live; null: none, it looks at the past. */
  watch(wish: Wish | null): void {
    if (wish?.symbol === this.#wish?.symbol && wish?.expiry === this.#wish?.expiry) return;
    this.#wish = wish;
    if (wish === null) this.close();
    else if (this.#shared) this.#shared.change(this.#queryOf(wish));
    else void this.#read(this.#queryOf(wish));
  }

  chain(symbol: string, expiry: string): LiveChain | null {
    return this.panel.chains.get(`${symbol} ${expiry}`) ?? null;
  }

  /** The market's time of a symbol by its figures; null: none came. */
  clockOf(symbol: string): string | null {
    const isShown = [...this.panel.chains.values()].some((chain) => chain.symbol === symbol);
    return isShown ? this.panel.clock : null;
  }

  /** Open the stream again: the machine slept, or its network is back. */
  again(): void {
    this.#shared?.again();
  }

  /** Other tabs go on without this one. */
  close(): void {
    this.#reading.abort();
    this.#shared = null;
  }

  async #read(query: PanelQuery): Promise<void> {
    const { signal } = this.#reading = new AbortController();
    const shared = this.#shared = new SharedPanel(query, this.#source, {
      signal,
      onMode: (mode) => this.#become(mode),
      onEvent: (event) => this.#heard.other(event),
    });
    this.panel = shared.panel;
    this.#become(shared.mode);
    try {
      for await (const _ of shared) if (!signal.aborted) this.#heard.beat();
    } catch (error) {
      if (!signal.aborted) this.#refuse(error);
    }
  }

  // Without a session there is nothing to read. What else is refused, such as an expiry that has
  // ended, is asked for again when the page looks what there is.
  #refuse(error: unknown): void {
    this.close();
    this.#wish = null;
    this.#become("waiting");
    if (!(error instanceof RequestError)) console.error(error);
    else if (error.status === 401) this.#heard.refused(error.code, error.message);
  }

  #become(mode: Mode): void {
    if (mode === this.mode) return;
    this.mode = mode;
    this.#heard.mode(mode);
  }

  #queryOf({ symbol, expiry }: Wish): PanelQuery {
    return {
      symbol, expiry, topic: this.#topics, fields: FIELDS.join(","), interval: INTERVAL_MS,
    };
  }
}

/** The stream and the state of a panel, by the cookie of the session. */
function sourceOf(api: Api, reader: string): SharedSource {
  return {
    name: async () => `pgstrike ${reader}`,
    url: (query) => `/v1/stream${search(query)}`,
    options: (query) => ({
      timing: TIMING,
      poll: async ({ signal }) =>
        stateOf(await api.text("/v1/panel", query, signal, POLL_ANSWER_MS)),
    }),
  };
}
