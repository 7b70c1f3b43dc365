import { html } from "lit-html";

import { chart } from "../../charts/chart.js";
import { Line } from "../../charts/line.js";
import { ivText, percentText, plainText } from "../../numbers.js";
import { dateText } from "../../time.js";
import { atInstant, panel } from "../ask.js";

const DAYS = 365;

/** IV at the money of each expiry, and what lies between two of them. */
export const term = panel({
  name: "term",
  title: "Term structure",
  every: 10_000,
  ask: (ctx) => atInstant(ctx, "term_structure"),
  draw({ rows }, ctx) {
    const known = rows.filter((row) => row["atm_iv"] !== null);
    const days = known.map((row) => row["years"] * DAYS);
    // The far expiries lie years apart: a root keeps the near ones apart too.
    const x = days.map(Math.sqrt);
    const daysOf = (root: number, more = 0) =>
      root < 0 ? "" : plainText(root * root, ctx.units.numbers, more);
    return html`<figure><div class="plot" ${chart(Line, {
      over: {
        label: "days to expiry, by their square root", tick: daysOf,
        write: (root: number) => {
          const at = x.indexOf(root);
          return at < 0 ? daysOf(root) : dateText(known[at]!["expiry"]);
        },
      },
      x,
      series: [
        {
          label: "at the money", colour: ctx.colour("accent"), isDotted: true,
          values: known.map((row) => row["atm_iv"]), write: (value: number) => percentText(value),
        },
        {
          label: "forward, since the expiry before", colour: ctx.colour("text"), draw: "rings",
          values: known.map((row) => row["forward_iv"]),
          write: (value: number) => percentText(value),
        },
      ],
      left: { label: "IV, % a year", tick: ivText },
      colour: ctx.colour,
      summary: `Implied volatility at the money of ${known.length} expiries.`,
    })}></div></figure>`;
  },
});
