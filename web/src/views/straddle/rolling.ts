import { strikeText } from "../../numbers.js";
import { ofDay, seriesPanel } from "../ask.js";
import { lines, pointsAxis, price } from "../lines.js";

/** The straddle of the strike that was at the money at each moment. */
export const rolling = seriesPanel({
  name: "straddle-rolling",
  title: "Rolling straddle, at the money",
  ask: (ctx) => ofDay(ctx, "straddle_series", { expiry: ctx.state.expiry }),
  draw: ({ rows }, ctx) => lines(rows, ctx, {
    columns: [
      price("straddle", "straddle", "accent", ctx),
      price("call_price", "call", "call", ctx),
      price("put_price", "put", "put", ctx),
      price("atm_strike", "strike", "text", ctx, {
        axis: "right", draw: "dashes", write: strikeText,
      }),
    ],
    left: pointsAxis(ctx),
    right: pointsAxis(ctx, "strike"),
    summary: "The straddle at the money, its call and its put through the day.",
  }),
});
