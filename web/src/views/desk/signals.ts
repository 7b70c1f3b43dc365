import { html } from "lit-html";

import { DASH, isKnown, percentText, priceText, ratioText, signed, sizeText } from "../../numbers.js";
import { timeText } from "../../time.js";
import { atInstant, panel } from "../ask.js";
import { buildupText, expiryText, legText } from "../legs.js";
import { table } from "../table.js";

/** The legs that stand out now. */
export const signals = panel({
  name: "signals",
  title: "Signals, of all expiries",
  size: "whole",
  every: 5000,
  ask: (ctx) => atInstant(ctx, "signals"),
  draw({ rows }, ctx) {
    const lotOf = (expiry: string) =>
      ctx.symbol.expiries.find((each) => each.expiry === expiry)?.lot ?? null;
    return table(rows, [
      { title: "Leg", text: legText },
      { title: "Expiry", text: expiryText },
      { title: "Build-up", text: (row) => buildupText(row["buildup"]) },
      { title: "Score", kind: "number", text: (row) => ratioText(row["score"]) },
      {
        title: "Change of OI", kind: "number",
        text: (row) => signed(
          sizeText(row["oi_change"], lotOf(row["expiry"]), ctx.units), row["oi_change"],
        ),
      },
      {
        title: "of OI", kind: "number minor",
        text: ({ oi_change_percent: part }) => isKnown(part)
          ? signed(percentText(part / 100), part) : DASH,
      },
      {
        title: "Change of price", kind: "number minor",
        text: (row) => signed(priceText(row["price_change"], ctx.units), row["price_change"]),
      },
      { title: "Volume / OI", kind: "number minor", text: (row) => ratioText(row["volume_to_oi"], 1) },
      { title: "OI z", kind: "number minor", text: (row) => ratioText(row["oi_change_z"], 1) },
      { title: "Volume z", kind: "number minor", text: (row) => ratioText(row["volume_z"], 1) },
      {
        title: "since", kind: "number minor",
        text: (row) => html`${row["base_time"] ? timeText(row["base_time"], ctx.symbol.zone) : DASH}`,
      },
    ], "No leg stands out: nothing has a build-up over the last 15 minutes.", "Signals");
  },
});
