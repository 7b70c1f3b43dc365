import { type TemplateResult, html } from "lit-html";

import type { Row } from "../api.js";
import { chart } from "../charts/chart.js";
import { type Axis, Line, type LineSeries, type LineSpec } from "../charts/line.js";
import { timesOf, valuesOf } from "../charts/series.js";
import { pointsText, priceText, shortText, sizeNoun, sizeOf, tickText } from "../numbers.js";
import type { Context } from "../view.js";

/** A line of a panel: a column of its rows. */
export interface Column extends Omit<LineSeries, "values"> {
  value(row: Row): number | null | undefined;
}

interface Lines {
  readonly columns: readonly Column[];
  readonly left: Axis;
  readonly right?: Axis;
  readonly summary: string;
  readonly isTall?: boolean;
}

/** Rows of a series as lines over the day. */
export function lines(rows: Row[], ctx: Context, given: Lines, tf = ctx.state.tf): TemplateResult {
  const pace = ctx.symbol.market_pace_seconds;
  const times = timesOf(rows.map((row) => row["bucket_time"] as string), tf, pace);
  const spec: LineSpec = {
    ...given,
    over: { zone: ctx.symbol.zone },
    x: times.times,
    series: given.columns.map((column) => ({
      ...column, values: valuesOf(times, rows, (row) => column.value(row)),
    })),
    colour: ctx.colour,
  };
  return html`<figure><div class=${given.isTall ? "plot is-tall" : "plot"}
    ${chart(Line, spec)}></div></figure>`;
}

export const pointsAxis = (ctx: Context, label = "points"): Axis =>
  ({ label, tick: (value, more) => pointsText(value, ctx.units.numbers, more) });

export const sizeAxis = (ctx: Context): Axis => ({
  label: sizeNoun(ctx.expiry?.lot ?? null, ctx.units),
  tick: (value, more) => tickText(value, ctx.units.numbers, more),
});

/** A column of prices, in points. */
export const price = (
  column: string, label: string, colour: string, ctx: Context, more: Partial<Column> = {},
): Column => ({
  label, colour: ctx.colour(colour),
  value: (row) => row[column],
  write: (value) => priceText(value, ctx.units),
  ...more,
});

/** A column of OI or volume, in lots or units. */
export const size = (
  column: string, label: string, colour: string, ctx: Context, more: Partial<Column> = {},
): Column => ({
  label, colour: ctx.colour(colour),
  value: (row) => sizeOf(row[column], ctx.expiry?.lot ?? null, ctx.units),
  write: (value) => shortText(value, ctx.units.numbers),
  ...more,
});

/** The rows of several series as one, by their bucket: each series' figure under its own name. */
export function joined(series: Readonly<Record<string, Row[]>>): Row[] {
  const found = new Map<string, Row>();
  for (const [name, rows] of Object.entries(series)) {
    for (const row of rows) {
      const time = row["bucket_time"] as string;
      const whole = found.get(time) ?? { bucket_time: time };
      found.set(time, whole);
      whole[name] = row["value"];
    }
  }
  return [...found.values()].sort((a, b) =>
    Date.parse(a["bucket_time"]) - Date.parse(b["bucket_time"]));
}
