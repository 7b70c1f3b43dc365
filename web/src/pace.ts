import type { Dashboard } from "./dashboard.js";

const WINDOW_MS = 20_000;
const LEAST_MS = 5000; // nothing is stale sooner
const CLOSING_MS = 120_000; // a feed may stop so long before the close

/** How fast the market's clock runs by ours, and how often figures come. */
export class Pace {
  #beats: { wall: number; market: number }[] = [];

  /** Figures came; `clock` is the market's time. */
  beat(clock: string | null): void {
    const market = Date.parse(clock ?? "");
    const last = this.#beats.at(-1);
    if (Number.isNaN(market) || market === last?.market) return;
    const wall = performance.now();
    if (last && market < last.market) this.#beats = []; // another symbol's clock
    this.#beats.push({ wall, market });
    while (this.#beats.length > 2 && wall - this.#beats[0]!.wall > WINDOW_MS) this.#beats.shift();
  }

  /** Market seconds per second, as a replay names them: 60; null while too little is known. */
  get speed(): number | null {
    const [first, last] = [this.#beats[0], this.#beats.at(-1)];
    if (!first || !last || last.wall - first.wall < 2000) return null;
    return (last.market - first.market) / (last.wall - first.wall);
  }

  /** The usual time between two chains, in ms of our clock. */
  usualMs(facts: number | null): number | null {
    if (this.#beats.length < 4) return facts === null ? null : facts * 1000;
    const gaps = this.#beats.slice(1).map(({ wall }, at) => wall - this.#beats[at]!.wall);
    return gaps.sort((one, other) => one - other)[gaps.length >> 1]!;
  }

  /** For how long nothing has come; before the first figures, since the newest commit. */
  silentMs(page: Dashboard): number {
    const heard = performance.now() - page.live.heardAt;
    const committed = Date.now() - Date.parse(page.symbol?.committed_at ?? "");
    return this.#beats.length > 1 || !(committed > heard) ? heard : committed;
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
    const usual = this.usualMs(page.symbol?.wall_pace_seconds ?? null);
    return usual !== null && this.silentMs(page) > Math.max(LEAST_MS, 3 * usual);
  }
}
