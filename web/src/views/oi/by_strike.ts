import { type TemplateResult, html } from "lit-html";

import type { Row } from "../../api.js";
import { type BarsSpec, Bars } from "../../charts/bars.js";
import { chart } from "../../charts/chart.js";
import { shortText, sizeNoun, sizeOf, strikeText, tickText } from "../../numbers.js";
import { timeText } from "../../time.js";
import { type Context, type Units, baseOf } from "../../view.js";
import { atInstant, callOf, ofExpiry, panel } from "../ask.js";
import { OI_LEVELS, UNDERLYING, marksOf } from "../levels.js";
import { lotsOf, summed } from "./sums.js";

type Levels = Parameters<typeof marksOf>[1];

const COLUMNS = ["strike", "call_oi", "call_oi_base", "put_oi", "put_oi_base"]; // of all expiries
const ALL_MS = 15_000; // all expiries are many rows

const changes = (ctx: Context) =>
  ofExpiry(ctx, "oi_change", baseOf(ctx));

const changesOfAll = (ctx: Context) =>
  atInstant(ctx, "oi_change", baseOf(ctx));

/** OI of an expiry by strike. */
export const byStrike = panel({
  name: "oi-strikes",
  title: "Open interest by strike",
  size: "whole",
  ask: changes,
  more: (ctx) => [ofExpiry(ctx, "expiry_metrics")],
  draw(told, ctx) {
    const [levels] = told.more[0] ?? [];
    return draw(told.rows, levels, OI_LEVELS, ctx);
  },
});

/** The same of all live expiries together. */
export const byStrikeOfAll = panel({
  name: "oi-all",
  title: "All live expiries together, by strike",
  size: "whole",
  every: ALL_MS,
  ask: changesOfAll,
  more: (ctx) => [ofExpiry(ctx, "atm")],
  sql: (ctx) => `SELECT
    strike,
    sum(call_oi) AS call_oi,
    CASE WHEN every(call_oi IS NULL OR call_oi_base IS NOT NULL) THEN sum(call_oi_base) END
        AS call_oi_base,
    sum(put_oi) AS put_oi,
    CASE WHEN every(put_oi IS NULL OR put_oi_base IS NOT NULL) THEN sum(put_oi_base) END
        AS put_oi_base
FROM ${callOf(changesOfAll(ctx))}
GROUP BY strike
ORDER BY strike;`,
  drawn: (rows) => summed(rows, null).map((row) =>
    Object.fromEntries(COLUMNS.map((column) => [column, row[column] ?? null]))),
  draw(told, ctx) {
    const expiries = [...new Set(told.rows.map((row) => row["expiry"] as string))];
    const lots = lotsOf(expiries, ctx.symbol.expiries);
    const sums = summed(told.rows, ctx.units.size === "lots" ? lots : null);
    const units: Units = lots ? ctx.units : { ...ctx.units, size: "units" };
    return draw(sums, told.more[0]?.[0], [UNDERLYING], { ...ctx, units }, lots && 1);
  },
});

function draw(
  rows: Row[], levels: Row | undefined, names: Levels, ctx: Context,
  lot = ctx.expiry?.lot ?? null,
): TemplateResult {
  return html`<figure><div class="plot is-tall"
    ${chart(Bars, specOf(rows, levels, names, ctx, lot))}></div></figure>`;
}

function specOf(
  rows: Row[], levels: Row | undefined, names: Levels, ctx: Context, lot: number | null,
): BarsSpec {
  const { numbers } = ctx.units;
  const values = (column: string) =>
    rows.map((row) => sizeOf(row[column] as number | null, lot, ctx.units));
  const group = (leg: "call" | "put") => ({
    label: `${leg}s`, colour: ctx.colour(leg),
    values: values(`${leg}_oi`), base: values(`${leg}_oi_base`),
  });
  return {
    strikes: rows.map((row) => row["strike"] as number),
    groups: [group("call"), group("put")],
    place: "beside",
    base: baseText(rows, ctx),
    marks: marksOf(levels, names, ctx),
    centre: (levels?.["underlying"] as number | null) ?? ctx.expiry?.atm ?? null,
    unit: sizeNoun(lot, ctx.units),
    tick: (value, more) => tickText(value, numbers, more),
    write: (value) => shortText(value, numbers),
    writeStrike: strikeText,
    colour: ctx.colour,
    summary: `Open interest of calls and puts at ${rows.length} strikes.`,
  };
}

// The outlines: at the time of most bases, or at the close before.
function baseText(rows: Row[], ctx: Context): string {
  const times = rows.flatMap((row) => row["base_time"] ?? []) as string[];
  const time = times.sort().at(times.length >> 1);
  if (Object.keys(baseOf(ctx)).length === 0) return "at the close before";
  return time ? `at ${timeText(time, ctx.symbol.zone)}` : "before: unknown";
}
