import type { Chain, Panel } from "./panel.js";
import type { PanelQuery, Words } from "./query.js";

// What several panels on one stream may differ in; left out: all there are.
const JOINED = ["symbol", "expiry", "fields", "topic"] as const;

type Sets = Record<typeof JOINED[number], Set<string> | null>; // null: all

/** The query whose panel holds those of all these; null: there are none. */
export function joined(queries: PanelQuery[]): PanelQuery | null {
  const [first] = queries;
  if (first === undefined) return null;
  const found: Record<string, unknown> = { ...first };
  for (const name of JOINED) {
    const sets = queries.map((query) => setsOf(query)[name]);
    delete found[name];
    if (sets.includes(null)) continue;
    found[name] = [...new Set(sets.flatMap((set) => [...set!]))].sort();
  }
  return found as unknown as PanelQuery;
}

/** Whether a panel of `wide` holds all that one of `query` does. */
export function covers(wide: PanelQuery, query: PanelQuery): boolean {
  const [has, wanted] = [setsOf(wide), setsOf(query)];
  return JOINED.every((name) =>
    has[name] === null
      || (wanted[name] !== null && [...wanted[name]].every((word) => has[name]!.has(word))));
}

/** What may not differ between panels on one stream. */
export function fixedPart(query: PanelQuery): string {
  const rest = Object.entries(query).filter(([name]) => !(JOINED as readonly string[]).includes(name));
  return JSON.stringify(rest.sort(([one], [other]) => one < other ? -1 : 1));
}

/** Have `own` show the part of `all` that a query asks for. */
export function showPart(own: Panel, all: Panel, query: PanelQuery): void {
  const { symbol: symbols, expiry: expiries } = setsOf(query);
  own.chains.clear();
  const places = new Map<string, number>(); // how many of a symbol's expiries came so far
  for (const [key, chain] of [...all.chains].sort(byExpiry)) {
    const place = places.get(chain.symbol) ?? 0;
    places.set(chain.symbol, place + 1);
    const names = [chain.expiry, ["front", "next"][place] ?? ""];
    const isWanted = expiries === null || names.some((name) => expiries.has(name));
    if (symbols!.has(chain.symbol) && isWanted) own.chains.set(key, chain);
  }
  const isWhole = [...places.keys()].every((symbol) => symbols!.has(symbol));
  // The clock of several symbols is that of the one furthest on.
  own.clock = isWhole ? all.clock : newest([...own.chains.values()]);
  own.event = all.event;
}

/** Whether an event of another topic is for a panel. */
export function isFor(query: PanelQuery, type: string, data: string): boolean {
  const { topic, symbol } = setsOf(query);
  if (type === "reset") return true;
  if (topic !== null && !topic.has(type)) return false;
  try {
    const of = JSON.parse(data).symbol;
    return typeof of !== "string" || symbol!.has(of);
  } catch {
    return true;
  }
}

function newest(chains: Chain[]): string | null {
  return chains.map(({ quoteTime }) => quoteTime)
    .sort((one, other) => Date.parse(one) - Date.parse(other)).at(-1) ?? null;
}

const byExpiry = ([, one]: [string, Chain], [, other]: [string, Chain]): number =>
  one.expiry < other.expiry ? -1 : Number(one.expiry > other.expiry);

function setsOf({ symbol, expiry, fields, topic }: PanelQuery): Sets {
  const expiries = setOf(expiry);
  // The second expiry is known where the first is.
  if (expiries?.has("next")) expiries.add("front");
  return {
    symbol: setOf(symbol), fields: setOf(fields), topic: setOf(topic),
    expiry: expiries?.has("all") ? null : expiries,
  };
}

function setOf(words: Words | undefined): Set<string> | null {
  if (words === undefined || words === null) return null;
  return new Set([words].flat().flatMap((each) => each.split(",")));
}
