import { type Api, rowsOf } from "./api.js";
import type { Dashboard } from "./dashboard.js";

/** The underlying at an instant. */
export interface Spot {
  readonly underlying: number | null;
  readonly source: string | null;
}

/** Reads the underlying at the instant in the past that is shown. */
export class PastSpot {
  now: Spot | null = null; // null: the page is live, or it is not known yet
  readonly #page: Dashboard;
  readonly #api: Api;
  #read = ""; // its symbol, expiry and instant

  constructor(page: Dashboard, api: Api) {
    this.#page = page;
    this.#api = api;
  }

  async read(): Promise<void> {
    const { symbol, expiry, at } = this.#page.filled;
    const key = [symbol, expiry, at].join();
    if (key !== this.#read) this.now = null; // that of another instant
    this.#read = key;
    if (at === null || this.#page.lack !== null) return;
    try {
      const answer = await this.#api.get("/v1/metrics/atm", { symbol, expiry, at });
      if (this.#read !== key) return; // the page has moved on
      const [row] = rowsOf(answer);
      this.now = row
        ? { underlying: row["underlying"], source: row["underlying_source"] } : null;
    } catch {
      if (this.#read === key) this.now = null; // the panels say what is wrong
    }
    this.#page.redraw();
  }
}
