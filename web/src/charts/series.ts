/** Rows by the time of their bucket, as lines: where a feed was silent a line has a gap. */

const SECONDS: Record<string, number> = {
  "1min": 60, "5min": 300, "15min": 900, "1h": 3600, "1d": 86_400,
};

export const secondsOf = (timeframe: string): number => SECONDS[timeframe] ?? 60;

export interface Times {
  /** Seconds since 1970; a hole has two, which no row has. */
  readonly times: number[];
  /** For each time the row that it is of; -1: a hole. */
  readonly places: number[];
}

/**
 * The buckets of rows that rise in time. A feed slower than a bucket leaves some empty, which is
 * no hole: that is a distance which `pace` seconds between its quotes do not explain. Days and
 * hours end with a session, so nothing between those is a hole.
 */
export function timesOf(
  instants: readonly string[], timeframe: string, pace: number | null,
): Times {
  const step = secondsOf(timeframe);
  const most = step >= 3600 ? Infinity : step + 2 * Math.max(pace ?? step, 1);
  const times: number[] = [];
  const places: number[] = [];
  instants.forEach((instant, at) => {
    const time = Date.parse(instant) / 1000;
    const before = times.at(-1);
    if (before !== undefined && time - before > most) {
      // At both ends, so that a pointer anywhere in the hole is nearest to one of them.
      times.push(before + step, time - step);
      places.push(-1, -1);
    }
    times.push(time);
    places.push(at);
  });
  return { times, places };
}

/** One figure of the rows at these times; null where there is a hole, or it is unknown. */
export function valuesOf<R>(
  { places }: Times, rows: readonly R[], value: (row: R) => number | null | undefined,
): (number | null)[] {
  return places.map((place) => (place < 0 ? null : value(rows[place]!) ?? null));
}
