import { html } from "lit-html";

import type { Row } from "../../api.js";
import { chart } from "../../charts/chart.js";
import { Line, type LineSeries } from "../../charts/line.js";
import { isKnown, ivText, percentText, priceText, strikeText } from "../../numbers.js";
import type { Context } from "../../view.js";
import { ofExpiry, panel } from "../ask.js";

type Leg = "call" | "put";

// What the status of an IV means, and how it is drawn. docs/metrics.md has them all.
const KNOWN: Readonly<Record<string, string>> = {
  feed: "of the feed", solved: "solved", twin: "of the other leg", carried: "carried",
};
const WHY: Readonly<Record<string, string>> = {
  no_market: "no bid or no ask", crossed: "bid above ask", wide_market: "spread too wide",
  no_forward: "no forward", no_time: "expired", below_intrinsic: "price below intrinsic value",
  no_time_value: "no time value", above_bound: "price above any volatility",
  not_converged: "not converged",
};
const SIDE = 6; // deviations: beyond that an IV says little, and would flatten the smile

/** The IV of each leg out of the money, by its status; and why the others have none. */
export const smile = panel({
  name: "smile",
  title: "Smile",
  ask: (ctx) => ofExpiry(ctx, "chain"),
  more: (ctx) => [ofExpiry(ctx, "atm")],
  draw({ rows, more }, ctx) {
    const forward = rows[0]?.["forward"] as number | null | undefined;
    const shown = near(rows, forward, more[0]?.[0]?.["expected_move"]);
    return html`<figure><div class="plot" ${chart(Line, {
      over: {
        label: "strike", tick: strikeText,
        write: (strike: number) => strikeText(strike),
      },
      x: shown.map((row) => row["strike"] as number),
      series: seriesOf(shown, forward, ctx),
      left: { label: "IV, % a year", tick: ivText },
      marks: isKnown(forward) ? [{
        at: forward, label: `forward ${priceText(forward, ctx.units, 1)}`,
        colour: ctx.colour("dim"),
      }] : [],
      colour: ctx.colour,
      summary: `Implied volatility at ${shown.length} strikes.`,
    })}></div><p class="foot">${missing(shown, forward)}</p></figure>`;
  },
});

const isOut = (row: Row, leg: Leg, forward: number): boolean =>
  leg === "put" ? row["strike"] < forward : row["strike"] >= forward;

function near(rows: Row[], forward: number | null | undefined, move: unknown): Row[] {
  if (!isKnown(forward) || typeof move !== "number") return rows;
  const most = Math.max(SIDE * move, 0.03 * forward);
  return rows.filter((row) => Math.abs(row["strike"] - forward) <= most);
}

/** A line for each leg, and points for each status that an IV has. */
function seriesOf(
  rows: Row[], forward: number | null | undefined, ctx: Context,
): LineSeries[] {
  if (!isKnown(forward)) return [];
  const found: LineSeries[] = [];
  for (const leg of ["put", "call"] as const) {
    const statuses = new Set<string>();
    for (const row of rows) {
      const status = row[`${leg}_iv_status`];
      if (isOut(row, leg, forward) && isKnown(row[`${leg}_iv`])) statuses.add(status);
    }
    for (const status of [...statuses].sort()) {
      found.push({
        label: `${leg}, ${KNOWN[status] ?? status}`,
        colour: ctx.colour(leg),
        draw: status === "twin" || status === "carried" ? "rings" : "dots",
        values: rows.map((row) =>
          isOut(row, leg, forward) && row[`${leg}_iv_status`] === status
            ? row[`${leg}_iv`] as number | null : null),
        write: (value) => percentText(value),
      });
    }
  }
  return found;
}

/** How many legs have no IV, and why. */
function missing(rows: Row[], forward: number | null | undefined): string {
  if (!isKnown(forward)) return "No forward is known, so there is no smile.";
  const counts = new Map<string, number>();
  for (const row of rows) {
    const leg: Leg = row["strike"] < forward ? "put" : "call";
    if (isKnown(row[`${leg}_iv`])) continue;
    const why = WHY[row[`${leg}_iv_status`]] ?? "not quoted";
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  if (counts.size === 0) return `All ${rows.length} strikes shown have an IV.`;
  const parts = [...counts].map(([why, count]) => `${count} ${why}`);
  return `Without IV: ${parts.join(", ")}.`;
}
