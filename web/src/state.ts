/** What the page shows: it is all in the URL, so a copied link shows the same figures. */
export interface State {
  readonly symbol: string; // "": the first that the key may read
  readonly expiry: string; // a date; "": the front one
  readonly at: string | null; // an instant, ISO 8601 in UTC; null: live
  readonly tf: string; // of series
  readonly view: string;
  readonly over: string; // what a change is counted over: 5m, 15m, 60m, day; or since: an instant
}

const START: State = { symbol: "", expiry: "", at: null, tf: "1min", view: "chain", over: "15m" };
const OVERS = ["5m", "15m", "60m", "day"];
const TIMEFRAMES = ["1min", "5min", "15min", "1h", "1d"];
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const END = Date.UTC(10_000, 0); // a year of five digits is no ISO 8601
const VIEW = /^[a-z]{1,20}$/;

/** The state in a query string; what it does not say, or says wrongly, is the default. */
export function parse(search: string): State {
  const sent = new URLSearchParams(search);
  const word = (name: string, fits: (value: string) => boolean, otherwise: string) => {
    const value = sent.get(name) ?? "";
    return fits(value) ? value : otherwise;
  };
  return {
    symbol: sent.get("symbol") ?? "",
    expiry: word("expiry", (value) => DATE.test(value) && !Number.isNaN(Date.parse(value)), ""),
    at: instant(sent.get("at")),
    tf: word("tf", (value) => TIMEFRAMES.includes(value), START.tf),
    view: word("view", (value) => VIEW.test(value), START.view),
    over: OVERS.includes(sent.get("over") ?? "") ? sent.get("over")!
      : instant(sent.get("over")) ?? START.over,
  };
}

/** The query string of a state; parse reads it back. */
export function print(state: State): string {
  const sent = new URLSearchParams();
  if (state.symbol) sent.set("symbol", state.symbol);
  if (state.expiry) sent.set("expiry", state.expiry);
  if (state.at !== null) sent.set("at", state.at);
  sent.set("tf", state.tf);
  sent.set("view", state.view);
  sent.set("over", state.over);
  // Colons are allowed in a query, and a person reads the link.
  return `?${sent.toString().replaceAll("%3A", ":")}`;
}

/** An instant to the second, in UTC: 2025-08-29T12:00:00Z. */
export function isoSecond(time: number | Date): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** An instant in UTC with its fraction of a second, which a Date would cut to milliseconds. */
export function isoInstant(text: string): string {
  const fraction = /:\d\d(\.\d{1,6})/.exec(text)?.[1]?.replace(/\.?0+$/, "") ?? "";
  return isoSecond(Date.parse(text)).replace("Z", `${fraction}Z`);
}

/** Whether an instant is later than another one, also by less than a millisecond. */
export function isLater(one: string, other: string): boolean {
  const [a, b] = [one, other].map((each) => isoInstant(each).slice(0, -1)) as [string, string];
  return a > b;
}

function instant(text: string | null): string | null {
  // An unescaped + arrives as a space.
  const sent = text?.replace(" ", "+") ?? "";
  const time = Date.parse(sent);
  return time >= 0 && time < END ? isoInstant(sent) : null;
}

type Heard = (state: State, before: State) => void;

/** The state of this page, kept in step with its URL, Back and Forward included. */
export class PageState {
  #state = parse(location.search);
  readonly #heard = new Set<Heard>();

  /** Until the signal, which ends the page. */
  constructor(signal: AbortSignal) {
    addEventListener("popstate", () => this.#become(parse(location.search)), { signal });
  }

  get now(): State {
    return this.#state;
  }

  /** Change a part of it; `replace` makes no step that Back returns to. */
  set(part: Partial<State>, { replace = false } = {}): void {
    const next = { ...this.#state, ...part };
    const url = location.pathname + print(next);
    if (replace) history.replaceState(null, "", url);
    else if (url !== location.pathname + location.search) history.pushState(null, "", url);
    this.#become(next);
  }

  subscribe(heard: Heard): () => void {
    this.#heard.add(heard);
    return () => this.#heard.delete(heard);
  }

  #become(next: State): void {
    const before = this.#state;
    this.#state = next;
    for (const heard of this.#heard) heard(next, before);
  }
}
