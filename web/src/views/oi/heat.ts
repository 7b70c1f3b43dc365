import { type TemplateResult, html } from "lit-html";

import type { Row } from "../../api.js";
import { chart } from "../../charts/chart.js";
import { Heat, type HeatSpec } from "../../charts/heat.js";
import { placeOf } from "../../charts/scale.js";
import { secondsOf } from "../../charts/series.js";
import { shortText, signed, sizeNoun, sizeOf, strikeText } from "../../numbers.js";
import { dayText, minuteText } from "../../time.js";
import type { Context, Panel } from "../../view.js";
import {
  type Ask, type Told, callOf, drawn, loadAll, ofDay, ofExpiry, pathOf,
} from "../ask.js";

const STRIKES = 31;
const EVERY_MS = 15_000;
const FINEST = "5min"; // a column for each minute would be less than a pixel

interface Map {
  readonly told: Told;
  readonly strikes: number[];
  readonly event: string;
  readonly clock: string | null;
}

const profile = (ctx: Context): Ask => ofExpiry(ctx, "oi_profile");
const timeframe = ({ state }: Context): string => state.tf === "1min" ? FINEST : state.tf;

const series = (ctx: Context, strikes: readonly number[] | null): Ask =>
  ofDay(ctx, "oi_series", { expiry: ctx.state.expiry, strikes }, timeframe(ctx));

const underlying = (ctx: Context): Ask => ofDay(
  ctx, "expiry_series", { indicator: "underlying", expiries: [ctx.state.expiry] }, timeframe(ctx),
);

// The strikes that were asked for last, for the CSV of the same.
let asked: { readonly chain: string; readonly strikes: number[] } | null = null;
const chainOf = ({ state: { symbol, expiry, at } }: Context): string =>
  [symbol, expiry, at].join();

/** Where and when OI was built, with the underlying over it. */
export const heat: Panel<Map> = {
  name: "oi-map",
  title: "Change of OI since the day began",
  size: "whole",
  every: EVERY_MS,
  sql: (_state, ctx) => {
    const near = `ARRAY(
    SELECT strike FROM ${callOf(profile(ctx))}
    ORDER BY abs(distance), strike LIMIT ${STRIKES}
)`;
    return `SELECT * FROM ${callOf(series(ctx, []))};\n`.replace("'{}'", near);
  },
  csv: (_state, ctx) =>
    pathOf(series(ctx, asked?.chain === chainOf(ctx) ? asked.strikes : null)),
  async load(ctx) {
    const { rows } = await loadAll(ctx, [profile(ctx)]);
    const strikes = rows
      .sort((a, b) => Math.abs(a["distance"]) - Math.abs(b["distance"]) || a["strike"] - b["strike"])
      .slice(0, STRIKES)
      .map((row) => row["strike"] as number)
      .sort((a, b) => a - b);
    asked = { chain: chainOf(ctx), strikes };
    const told = await loadAll(ctx, [series(ctx, strikes), underlying(ctx)]);
    return { told, strikes, event: told.event, clock: told.clock };
  },
  render: (map, ctx) => html`${drawn(map, ctx, () => draw(map, ctx))}`,
};

function draw({ told, strikes }: Map, ctx: Context): TemplateResult {
  const times = everyBucket(told.rows, secondsOf(timeframe(ctx)));
  const columns = new Map(times.map((time, at) => [time, at]));
  const spots: (number | null)[] = times.map(() => null);
  for (const row of told.more[0]!) {
    const at = columns.get(Date.parse(row["bucket_time"]));
    if (at !== undefined && row["value"] !== null) spots[at] = placeOf(row["value"], strikes);
  }
  const map = (leg: "call" | "put"): HeatSpec => {
    const lot = ctx.expiry?.lot ?? null;
    const cells = strikes.map(() => times.map((): number | null => null));
    for (const row of told.rows) {
      const column = columns.get(Date.parse(row["bucket_time"]));
      const cell = cells[strikes.indexOf(row["strike"])];
      if (column === undefined || !cell) continue;
      cell[column] = sizeOf(row[`${leg}_oi_change_running`], lot, ctx.units);
    }
    return {
      columns: times.map((time) => columnText(time, ctx)),
      rows: strikes.map(strikeText),
      cells,
      above: ctx.colour(leg), below: ctx.colour("dim"),
      range: "around",
      path: { label: "underlying", places: spots },
      unit: sizeNoun(lot, ctx.units),
      write: (value) => signed(shortText(value, ctx.units.numbers), value),
      colour: ctx.colour,
      summary: `Change of ${leg} open interest, ${strikes.length} strikes by time.`,
    };
  };
  return html`<div class="plots">
    <figure><figcaption>Calls</figcaption>
      <div class="plot is-tall" ${chart(Heat, map("call"))}></div></figure>
    <figure><figcaption>Puts</figcaption>
      <div class="plot is-tall" ${chart(Heat, map("put"))}></div></figure>
  </div>`;
}

const columnText = (time: number, ctx: Context): string => timeframe(ctx) === "1d"
  ? dayText(new Date(time).toISOString(), ctx.symbol.zone) : minuteText(time, ctx.symbol.zone);

/** Each bucket from the first to the last, also those in which nothing came. */
function everyBucket(rows: Row[], step: number): number[] {
  const times = rows.map((row) => Date.parse(row["bucket_time"]));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const found = [];
  for (let time = first; time <= last; time += step * 1000) found.push(time);
  return found;
}
