import type { Row } from "../../api.js";
import type { ExpiryFacts } from "../../bootstrap.js";

/** The lot of each expiry; null where that of one is not known. */
export function lotsOf(
  expiries: readonly string[], facts: readonly ExpiryFacts[],
): ReadonlyMap<string, number> | null {
  const known = new Map(facts.map(({ expiry, lot }) => [expiry, lot]));
  const found = expiries.flatMap((expiry) => {
    const lot = known.get(expiry);
    return lot ? [[expiry, lot] as const] : [];
  });
  return found.length < expiries.length ? null : new Map(found);
}

/**
 * OI by strike, over the expiries: in lots where their lots are given, which differ; otherwise in
 * units. Unknown OI is left out. A base that is unknown for one of the expiries is unknown for the
 * sum: else that expiry would seem to have grown from 0.
 */
export function summed(rows: readonly Row[], lots: ReadonlyMap<string, number> | null): Row[] {
  const found = new Map<number, Row>();
  for (const row of rows) {
    const strike = row["strike"] as number;
    const sum = found.get(strike) ?? {
      strike, base_time: null, call_oi: null, put_oi: null,
    };
    found.set(strike, sum);
    sum["base_time"] ??= row["base_time"];
    for (const leg of ["call", "put"]) add(sum, row, leg, lots?.get(row["expiry"]) ?? 1);
  }
  return [...found.values()].sort((a, b) => a["strike"] - b["strike"]);
}

// The base is undefined until the first one comes, and null once one is unknown.
function add(sum: Row, row: Row, leg: string, lot: number): void {
  const [oi, base] = [row[`${leg}_oi`], row[`${leg}_oi_base`]];
  if (oi !== null) sum[`${leg}_oi`] = (sum[`${leg}_oi`] ?? 0) + oi / lot;
  const before = sum[`${leg}_oi_base`];
  if (base !== null && before !== null) sum[`${leg}_oi_base`] = (before ?? 0) + base / lot;
  else if (oi !== null && base === null) sum[`${leg}_oi_base`] = null;
}
