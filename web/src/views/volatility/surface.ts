import { html } from "lit-html";

import { chart } from "../../charts/chart.js";
import { Heat } from "../../charts/heat.js";
import { ivText } from "../../numbers.js";
import { dateText } from "../../time.js";
import { atInstant, panel } from "../ask.js";

// From low strikes to high ones; the axis of analytics.surface, in percent.
const DELTAS = [90, 75, 50, 25, 10];
const NAMES = ["10Δ put", "25Δ put", "ATM", "25Δ call", "10Δ call"];

/** IV by delta and expiry. */
export const surface = panel({
  name: "surface",
  title: "Surface",
  every: 10_000,
  ask: (ctx) => atInstant(ctx, "surface"),
  draw({ rows }, ctx) {
    // The nearest expiry is on top.
    const expiries = [...new Set(rows.map((row) => row["expiry"] as string))].sort().reverse();
    const cells = expiries.map(() => DELTAS.map((): number | null => null));
    for (const row of rows) {
      cells[expiries.indexOf(row["expiry"])]![DELTAS.indexOf(row["delta"])] = row["iv"];
    }
    return html`<figure><div class="plot is-tall" ${chart(Heat, {
      columns: NAMES,
      rows: expiries.map(dateText),
      cells,
      above: ctx.colour("accent"), below: ctx.colour("accent"),
      range: "between",
      unit: "% a year",
      write: ivText,
      isWritten: true,
      colour: ctx.colour,
      summary: `Implied volatility at 5 deltas of ${expiries.length} expiries.`,
    })}></div></figure>`;
  },
});
