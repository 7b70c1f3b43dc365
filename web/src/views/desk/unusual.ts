import type { Row } from "../../api.js";
import { ratioText, signed, sizeText } from "../../numbers.js";
import { callOf, ofExpiry, panel } from "../ask.js";
import { legText } from "../legs.js";
import { table } from "../table.js";

const MOST = 18;

/** The legs whose volume and OI are furthest from their own past. */
export const unusual = panel({
  name: "unusual-oi",
  title: "Unusual OI and volume, of this expiry",
  every: 10_000,
  ask: (ctx) => ofExpiry(ctx, "unusual_oi"),
  sql: (ctx) => `SELECT * FROM ${callOf(ofExpiry(ctx, "unusual_oi"))}
ORDER BY
    greatest(abs(oi_change_z), volume_z) DESC NULLS LAST,
    volume_to_oi DESC NULLS LAST, strike, leg
LIMIT ${MOST};`,
  drawn: furthest,
  draw({ rows }, ctx) {
    const lot = ctx.expiry?.lot ?? null;
    return table(furthest(rows), [
      { title: "Leg", text: legText },
      { title: "OI", kind: "number", text: (row) => sizeText(row["oi"], lot, ctx.units) },
      {
        title: "Change", kind: "number",
        text: (row) => signed(sizeText(row["oi_change"], lot, ctx.units), row["oi_change"]),
      },
      { title: "z", kind: "number", text: (row) => ratioText(row["oi_change_z"], 1) },
      { title: "Volume", kind: "number minor", text: (row) => sizeText(row["volume"], lot, ctx.units) },
      { title: "z", kind: "number", text: (row) => ratioText(row["volume_z"], 1) },
      { title: "Volume / OI", kind: "number", text: (row) => ratioText(row["volume_to_oi"], 1) },
      { title: "Sessions", kind: "number minor", text: (row) => String(row["sessions"] ?? 0) },
    ], "This expiry has no quotes at this time.", "Unusual open interest");
  },
});

// The same order as that of the statement.
function furthest(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => less(z(b), z(a)) || less(b["volume_to_oi"], a["volume_to_oi"])
    || a["strike"] - b["strike"] || less(a["leg"], b["leg"])).slice(0, MOST);
}

// As greatest() of SQL: what is unknown is left out; unknown comes last.
function z(row: Row): number {
  const known = [Math.abs(row["oi_change_z"] ?? NaN), row["volume_z"] ?? NaN]
    .filter((each) => !Number.isNaN(each));
  return known.length === 0 ? -Infinity : Math.max(...known);
}

function less<T extends number | string>(a: T | null, b: T | null): number {
  const [one, other] = [a ?? -Infinity, b ?? -Infinity];
  return one === other ? 0 : one < other ? -1 : 1;
}
