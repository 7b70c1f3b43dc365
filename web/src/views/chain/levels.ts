import { html } from "lit-html";

import {
  DASH, type Figure, isKnown, ivText, ratioText, sizeText, strikeText,
} from "../../numbers.js";
import { durationText } from "../../time.js";
import type { Panel } from "../../view.js";
import { type Told, ofExpiry, panel } from "../ask.js";
import { tiles } from "../tiles.js";

/** What an expiry's chain says in a few figures. */
export const levelsPanel: Panel<Told> = {
  ...panel({
    name: "levels",
    title: "Levels",
    size: "whole",
    ask: (ctx) => ofExpiry(ctx, "expiry_metrics"),
    draw({ rows: [row] }, ctx) {
      if (!row) return html`<p class="nothing">This expiry had no quotes yet at that time.</p>`;
      const oi = (units: Figure) =>
        isKnown(units) ? `${sizeText(units, ctx.expiry?.lot ?? null, ctx.units)} OI` : "";
      const { years, expected_move: move, atm_iv: iv, skew_25: skew } = row;
      return tiles([
        { name: "Support", figure: strikeText(row["support"]), note: oi(row["support_oi"]) },
        { name: "Resistance", figure: strikeText(row["resistance"]), note: oi(row["resistance_oi"]) },
        {
          name: "Max pain", figure: strikeText(row["max_pain"]),
          note: distance(row["max_pain"], row["underlying"]),
        },
        {
          name: "Expected move", figure: isKnown(move) ? `± ${ratioText(move, 0)}` : DASH,
          note: `until expiry, ${isKnown(years) ? durationText(years * 365 * 86_400) : ""}`,
        },
        {
          name: "Straddle", figure: ratioText(row["straddle"]),
          note: `at ${strikeText(row["atm_strike"])}`,
        },
        {
          name: "IV at the money", figure: isKnown(iv) ? `${ivText(iv)} %` : DASH,
          note: `skew ${ivText(skew)}`,
        },
        {
          name: "PCR of OI", figure: ratioText(row["pcr_oi"]),
          note: row["known_oi_legs"] < row["legs"]
            ? `${row["known_oi_legs"]} of ${row["legs"]} legs known` : "all legs known",
        },
        {
          name: "Forward", figure: ratioText(row["forward"]),
          note: row["forward_source"] ?? "unknown",
        },
      ]);
    },
  }),
  asOf: ({ rows, clock }, { state }) => state.at ?? rows[0]?.["as_of"] ?? clock,
};

function distance(level: Figure, underlying: Figure): string {
  if (!isKnown(level) || !isKnown(underlying)) return "";
  const points = level - underlying;
  return `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(0)} from the underlying`;
}
