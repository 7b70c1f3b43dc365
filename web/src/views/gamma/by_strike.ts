import { type TemplateResult, html } from "lit-html";

import type { Row } from "../../api.js";
import { Bars } from "../../charts/bars.js";
import { chart } from "../../charts/chart.js";
import type { Mark } from "../../charts/marks.js";
import { shortText, strikeText, tickText } from "../../numbers.js";
import type { Context } from "../../view.js";
import { ofExpiry, panel } from "../ask.js";
import { GEX_LEVELS, UNDERLYING, marksOf } from "../levels.js";

const FIGURES = [
  ["gex", "GEX", "delta gained if the forward rises 1 %"],
  ["dex", "DEX", "delta"],
  ["vanna", "Vanna", "delta gained if IV rises 1 point"],
  ["charm", "Charm", "delta gained in a day"],
] as const;

/** The four exposures by strike. */
export const exposure = panel({
  name: "exposure",
  title: "Exposure by strike",
  size: "whole",
  ask: (ctx) => ofExpiry(ctx, "exposure"),
  more: (ctx) => [ofExpiry(ctx, "expiry_metrics")],
  draw({ rows, more }, ctx) {
    const [levels] = more[0] ?? [];
    const spot = marksOf(levels, [UNDERLYING], ctx);
    const walls = marksOf(levels, GEX_LEVELS, ctx);
    return html`<p class="foot">As if dealers were long every call and short every put.</p>
      <div class="plots">${FIGURES.map(([column, name, meaning]) => drawOne(
      rows, column, name, meaning, column === "gex" ? [...spot, ...walls] : spot,
      levels?.["underlying"] ?? ctx.expiry?.atm ?? null, ctx,
    ))}</div>`;
  },
});

function drawOne(
  rows: Row[], column: string, name: string, meaning: string, marks: readonly Mark[],
  centre: number | null, ctx: Context,
): TemplateResult {
  const { numbers } = ctx.units;
  const values = (leg: string) => rows.map((row) => row[`${leg}_${column}`] as number | null);
  return html`<figure><figcaption>${name} <span class="dim">${meaning}</span></figcaption>
    <div class="plot" ${chart(Bars, {
      strikes: rows.map((row) => row["strike"] as number),
      groups: [
        { label: "calls", colour: ctx.colour("call"), values: values("call") },
        { label: "puts", colour: ctx.colour("put"), values: values("put") },
      ],
      place: "stacked",
      total: { label: "net", values: values("net") },
      marks, centre,
      unit: ctx.symbol.currency,
      tick: (value: number, more: number) => tickText(value, numbers, more),
      write: (value: number | null) => shortText(value, numbers),
      writeStrike: strikeText,
      colour: ctx.colour,
      summary: `${name} of calls, puts and both at ${rows.length} strikes.`,
    })}></div></figure>`;
}
