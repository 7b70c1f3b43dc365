import type { Dashboard } from "./dashboard.js";

const WINDOW_MS = 20_000;
const LEAST_SPAN_MS = 4000; // the speed of a shorter time is not shown
const LEAST_MS = 5000; // nothing is stale sooner
const USUAL_S = 60; // where one snapshot came, and no pace is known
const CLOSING_MS = 120_000; // a feed may stop so long before the close

/** When figures of one symbol came, by our clock and by the market's; both in ms. */
class Heartbeat {
  readonly #since = performance.now();
  #market: number | null = null;
  #beats: { wall: number; market: number }[] = [];

  beat(market: number): void {
    const before = this.#market;
    this.#market = market;
    // When the first figures came is not known: they were there before.
    if (before === null || market === before) return;
    if (market < before) this.#beats = []; // the feed began again
    const wall = performance.now();
    this.#beats.push({ wall, market });
    while (this.#beats.length > 2 && wall - this.#beats[0]!.wall > WINDOW_MS) this.#beats.shift();
  }

  /**
   * Market seconds per second, as a replay names them: 60; null while too little is known. It is
   * measured over the later half of the time: older quotes may be stored faster at first.
   */
  get speed(): number | null {
    const [first, last] = [this.#beats[0], this.#beats.at(-1)];
    if (!first || !last || last.wall - first.wall < LEAST_SPAN_MS) return null;
    const middle = (first.wall + last.wall) / 2;
    const from = this.#beats.findLast(({ wall }) => wall <= middle)!;
    return (last.market - from.market) / (last.wall - from.wall);
  }

  /** The usual time between two chains in ms of our clock; `facts`, in s, while too few came. */
  usualMs(facts: number): number {
    if (this.#beats.length < 4) return facts * 1000;
    const gaps = this.#beats.slice(1).map(({ wall }, at) => wall - this.#beats[at]!.wall);
    return gaps.sort((one, other) => one - other)[gaps.length >> 1]!;
  }

  /** For how long nothing has come, in ms; before the first figures, since the newest commit. */
  silentMs(committedAt: string | null): number {
    const last = this.#beats.at(-1);
    const heard = performance.now() - (last?.wall ?? this.#since);
    const committed = Date.now() - Date.parse(committedAt ?? "");
    return last || !(committed > heard) ? heard : committed;
  }
}

/** How fast the market's clock runs by ours, and how often figures come: of each symbol. */
export class Pace {
  readonly #hearts = new Map<string, Heartbeat>();

  /** Figures of a symbol came; `clock` is its market time. */
  beat(symbol: string, clock: string | null): void {
    const market = Date.parse(clock ?? "");
    if (!Number.isNaN(market)) this.#of(symbol).beat(market);
  }

  /** Of the symbol that is shown. */
  speed(page: Dashboard): number | null {
    return this.#shown(page).speed;
  }

  /** For how long nothing has come, in ms. */
  silentMs(page: Dashboard): number {
    return this.#shown(page).silentMs(page.symbol?.committed_at ?? null);
  }

  /** Whether the session is over: nothing is late then. */
  isClosed(page: Dashboard): boolean {
    const closes = Date.parse(page.symbol?.session?.closes_at ?? "");
    return Date.parse(page.clock ?? "") >= closes - CLOSING_MS
      && this.silentMs(page) > LEAST_MS;
  }

  /** Whether figures are late by the feed's own pace. */
  isStale(page: Dashboard): boolean {
    if (page.state.now.at !== null || this.isClosed(page)) return false;
    const usual = this.#shown(page).usualMs(page.symbol?.wall_pace_seconds ?? USUAL_S);
    return this.silentMs(page) > Math.max(LEAST_MS, 3 * usual);
  }

  #shown(page: Dashboard): Heartbeat {
    return this.#of(page.symbol?.symbol ?? "");
  }

  #of(symbol: string): Heartbeat {
    let found = this.#hearts.get(symbol);
    if (!found) this.#hearts.set(symbol, found = new Heartbeat());
    return found;
  }
}
