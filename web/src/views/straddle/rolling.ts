import { strikeText } from "../../numbers.js";
import { ofDay, seriesPanel } from "../ask.js";
import { lines, pointsAxis, price } from "../lines.js";

/** The straddle of the strike that was at the money at each moment. */
export const rolling = seriesPanel({
  name: "straddle-rolling",
  title: "Rolling straddle",
  ask: (ctx) => ofDay(ctx, "straddle_series", { expiry: ctx.state.expiry }),
  draw: ({ rows }, ctx) => lines(rows, ctx, {
    columns: [
      price("straddle", "straddle", "accent", ctx),
      price("underlying", "underlying", "text", ctx, { axis: "right", draw: "dashes" }),
      price("atm_strike", "strike", "dim", ctx, { axis: "right", write: strikeText }),
    ],
    left: pointsAxis(ctx),
    right: pointsAxis(ctx, "underlying, strike"),
    summary: "The straddle at the money, its strike and the underlying through the day.",
  }),
});
