import { type Api, PgstrikeError, rowsOf } from "./api.js";
import type { SymbolFacts } from "./bootstrap.js";
import type { Dashboard } from "./dashboard.js";
import { isLater, isoSecond } from "./state.js";

/** Looks for an expiry that is not live now: whether it was at an instant, and which ones were. */
export class PastExpiries {
  readonly #page: Dashboard;
  readonly #api: Api;
  readonly #moved: () => void;
  readonly #lists = new Map<string, readonly string[]>(); // by symbol and instant
  readonly #known = new Set<string>(); // symbol and expiry
  readonly #asked = new Set<string>();

  constructor(page: Dashboard, api: Api, moved: () => void) {
    this.#page = page;
    this.#api = api;
    this.#moved = moved;
  }

  /** Whether the server has it, as far as this page has seen. */
  has(symbol: string, expiry: string): boolean {
    return this.#known.has(`${symbol} ${expiry}`);
  }

  /** Those that were live at an instant, in order; null: that is not known yet. */
  at(symbol: string, instant: string): readonly string[] | null {
    return this.#lists.get(`${symbol} ${instant}`) ?? null;
  }

  /** Look, if the page shows no expiry that it knows. */
  async read(): Promise<void> {
    const { symbol, lack, filled: { expiry, at } } = this.#page;
    if (symbol === null || (lack !== "expiry" && lack !== "look")) return;
    const instant = at ?? lastOf(symbol, expiry);
    const key = `${symbol.symbol} ${instant}`;
    if (instant === null || this.#asked.has(key)) return;
    this.#asked.add(key);
    let found: readonly string[];
    try {
      const sent = { symbol: symbol.symbol, at: instant };
      found = rowsOf(await this.#api.get("/v1/metrics/expiries", sent))
        .map((row) => row["expiry"] as string);
    } catch (error) {
      if (!(error instanceof PgstrikeError)) throw error;
      found = at === null ? [] : [expiry]; // the panels show the error
    }
    this.#lists.set(key, found);
    for (const each of found) this.#known.add(`${symbol.symbol} ${each}`);
    this.#moved();
  }
}

/** The last instant of an expiry that is over; null: it is not, or its quotes are not kept. */
export function lastOf(
  { clock, session, previous_session: before, quotes_from: from }: SymbolFacts, expiry: string,
): string | null {
  if (!session || clock === null) return null;
  const own = [session, before].find((each) => each?.date === expiry);
  // Of an older one by the hours of the newest session.
  const closes = Date.parse(own?.closes_at ?? expiry + session.closes_at.slice(10));
  if (Number.isNaN(closes)) return null;
  const last = isoSecond(closes - 1000); // at the close itself it has expired
  return isLater(last, clock) || (from !== null && isLater(from, last)) ? null : last;
}
