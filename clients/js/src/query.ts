/** One value, or several. */
export type Words = string | string[];

/** Which events; what is left out means all. */
export interface StreamQuery {
  symbol?: Words;
  /** chain, snapshot, rollup, metrics, task, ops, alert, prediction */
  topic?: Words;
  /** Dates: 2025-09-02 */
  expiry?: Words;
}

/** A part of the chains. */
export interface PanelQuery extends StreamQuery {
  symbol: Words;
  /** Dates, "front" and "next"; left out: every live expiry. */
  expiry?: Words;
  /** "atm:10" (10 levels each side of the money) or "24000..25000". */
  strikes?: string;
  /** Columns of the chain; a name without its leg is both legs: ["ltp", "call_oi"]. */
  fields?: Words;
  /** Changes come at most once in so many ms; 0: each event. */
  interval?: number;
  /** "live", or the newest bars: "1min", "5min", "15min". */
  timeframe?: string;
}

/** `metrics()` lists what else a metric takes. */
export interface MetricQuery {
  symbol: string;
  /** Dates, "front", "next", "all"; left out: every live expiry. */
  expiry?: Words;
  /** An instant; left out: now. */
  at?: Date | string;
  [parameter: string]: Value | Value[] | undefined;
}

/** One indicator of the chains: oi, ltp, iv, volume ... */
export interface ChainQuery {
  symbol: string;
  expiry?: Words;
  indicator?: string;
  /** "atm:10" */
  strikes?: string;
  timeframe?: string;
}

export interface SeriesQuery extends ChainQuery {
  /** The first instant. */
  from?: Date | string;
  /** The instant before which it ends. */
  to?: Date | string;
}

export type Value = string | number | boolean | Date;

/** The query of a URL. */
export function search(query: object): string {
  const found = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value === undefined || value === null) continue;
      found.append(name, value instanceof Date ? value.toISOString() : String(value));
    }
  }
  const text = String(found);
  return text && `?${text}`;
}
