import { type Answer, type Metric, parseAnswer, parseMetrics } from "./answer.js";
import { type Access, Request } from "./http.js";
import { PanelStream, stateOf } from "./panel.js";
import {
  type ChainQuery, type MetricQuery, type PanelQuery, type SeriesQuery, type StreamQuery,
  search,
} from "./query.js";
import { type SharedOptions, SharedPanel } from "./shared.js";
import type { StreamEvent } from "./sse.js";
import { Stream } from "./stream.js";
import type { StreamOptions, Timing } from "./stream_options.js";

const PREFIX = "/v1"; // of every path but the session's
const SESSION = "/session";
const ANSWER_MS = 60_000; // until an answer begins: the server ends a query after 30 s

export interface ClientOptions extends Access {
  /** Sent in a header. A browser may sign in with it once instead. */
  key?: string;
  timing?: Partial<Timing>;
  /** What a stream keeps of one event, at most. */
  maxFrameBytes?: number;
}

export interface ReadOptions {
  signal?: AbortSignal;
}

/** What a stream takes besides the client's own options. */
export type WatchOptions = Pick<StreamOptions, "after" | "snapshot" | "signal" | "onMode">;

/**
 * One server, one key, any number of streams and requests. `url` is the server's address, for
 * example http://127.0.0.1:8765; a page that the server itself serves leaves it out.
 */
export class Client {
  readonly #url: string;
  readonly #options: ClientOptions;
  readonly #access: Access;

  constructor(url = "", options: ClientOptions = {}) {
    const { search, hash, username } = new URL(url, globalThis.location?.href);
    if (url !== "" && (search || hash || username)) {
      throw new TypeError("url has more than an address; give the key as { key }");
    }
    this.#url = url.replace(/\/+$/, "");
    this.#options = options;
    this.#access = {
      ...(options.credentials && { credentials: options.credentials }),
      headers: { ...options.headers, ...bearer(options.key) },
    };
  }

  /** The events as the server's log has them, each once and in order. */
  stream(query: StreamQuery = {}, options: WatchOptions = {}): Stream {
    return this.#stream(query, options);
  }

  /** A part of the chains, kept up to date: for await (const panel of client.panel(...)). */
  panel(
    query: PanelQuery,
    { onEvent, ...options }: Pick<WatchOptions, "signal" | "onMode"> & {
      onEvent?: (event: StreamEvent) => void;
    } = {},
  ): PanelStream {
    const wanted = { timeframe: "live", ...query };
    const poll = (read: ReadOptions) => this.#panelState(wanted, read);
    return new PanelStream(this.#stream(wanted, { ...options, poll }), onEvent);
  }

  /**
   * A panel by a stream that all tabs of the browser share, if they have the same server, key,
   * strikes, timeframe and interval. `rows` may have figures that only another tab asked for.
   */
  sharedPanel(query: PanelQuery, options: SharedOptions = {}): SharedPanel {
    const { timing, maxFrameBytes } = this.#options;
    return new SharedPanel({ timeframe: "live", ...query }, {
      name: () => this.#readerName(),
      url: (wanted) => this.#urlOf(wanted),
      options: (wanted) => ({
        ...this.#access,
        ...(timing && { timing }),
        ...(maxFrameBytes !== undefined && { maxFrameBytes }),
        poll: (read) => this.#panelState(wanted, read),
      }),
    }, options);
  }

  /**
   * Have a stream, or a panel, go on with another query. Its new connection is opened at the
   * newest id before the old one is closed, so nothing is missed in between.
   */
  async change(stream: Stream | PanelStream, query: StreamQuery | PanelQuery): Promise<void> {
    if (stream instanceof Stream) return stream.change(this.#urlOf(query));
    const wanted = { timeframe: "live", ...query };
    const poll = (read: ReadOptions) => this.#panelState(wanted, read);
    await stream.stream.change(this.#urlOf(wanted), poll);
  }

  /** A metric's rows; `metrics` lists the names, their parameters and columns. */
  metric(name: string, query: MetricQuery, options?: ReadOptions): Promise<Answer> {
    return this.#answer(`/metrics/${encodeURIComponent(name)}`, query, options);
  }

  /** Which metrics there are, what they take and what they answer. */
  async metrics(options?: ReadOptions): Promise<Metric[]> {
    return parseMetrics(await this.#read(`${PREFIX}/metrics`, {}, options));
  }

  /** One indicator by strike. One row per expiry and strike, with call and put. */
  strikeDistribution(query: ChainQuery, options?: ReadOptions): Promise<Answer> {
    return this.#answer("/strike-distribution", query, options);
  }

  /** One indicator over time, by moneyness level: 0 stays at the money. */
  moneynessSeries(query: SeriesQuery, options?: ReadOptions): Promise<Answer> {
    return this.#answer("/moneyness-series", query, options);
  }

  /** Exchange a key for a cookie, so that the page need not keep the key. */
  async signIn(key: string, options?: ReadOptions): Promise<void> {
    await this.#read(SESSION, { method: "POST", headers: bearer(key) }, options);
  }

  /** Have the cookie deleted. */
  async signOut(options?: ReadOptions): Promise<void> {
    await this.#read(SESSION, { method: "DELETE" }, options);
  }

  async #panelState(query: object, options: ReadOptions): Promise<StreamEvent> {
    return stateOf(await this.#read(`${PREFIX}/panel${search(query)}`, {}, options));
  }

  // Of the server and the key. The digest keeps the key out of the names that a browser lists.
  async #readerName(): Promise<string> {
    const text = new TextEncoder().encode(JSON.stringify(this.#access));
    const digest = await globalThis.crypto.subtle?.digest("SHA-256", text);
    const hex = [...new Uint8Array(digest ?? [])].map((byte) => byte.toString(16).padStart(2, "0"));
    return `pgstrike ${this.#url} ${hex.join("")}`;
  }

  #stream(query: object, options: WatchOptions & Pick<StreamOptions, "poll">): Stream {
    const { timing, maxFrameBytes } = this.#options;
    return new Stream(this.#urlOf(query), {
      ...this.#access,
      ...(timing && { timing }),
      ...(maxFrameBytes !== undefined && { maxFrameBytes }),
      ...options,
    });
  }

  #urlOf(query: object): string {
    return `${this.#url}${PREFIX}/stream${search(query)}`;
  }

  async #answer(path: string, query: object, options?: ReadOptions): Promise<Answer> {
    return parseAnswer(await this.#read(PREFIX + path + search(query), {}, options));
  }

  async #read(path: string, init: RequestInit, { signal }: ReadOptions = {}): Promise<string> {
    const request = new Request(ANSWER_MS, signal);
    try {
      const response = await request.send(this.#url + path, this.#access, init);
      const error = await request.errorOf(response);
      if (error !== null) throw error;
      return await request.heard(response.text());
    } finally {
      request.close();
    }
  }
}

const bearer = (key?: string): Record<string, string> =>
  key === undefined ? {} : { Authorization: `Bearer ${key}` };
