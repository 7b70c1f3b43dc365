import { ofDay, seriesPanel } from "../ask.js";
import { lines, pointsAxis, price } from "../lines.js";

/** How far the underlying has moved, inside what was expected at first and is expected now. */
export const move = seriesPanel({
  name: "move",
  title: "Realised move, inside the expected one",
  size: "whole",
  ask: (ctx) => ofDay(ctx, "move_series", { expiry: ctx.state.expiry }),
  draw({ rows }, ctx) {
    const below = (column: string) =>
      ({ value: (row: Record<string, any>) => row[column] == null ? null : -row[column] });
    return lines(rows, ctx, {
      columns: [
        price("realised_move", "realised move", "text", ctx),
        price("expected_move", "expected until expiry, now", "accent", ctx),
        price("expected_move_at_first", "expected until expiry, at first", "dim", ctx, {
          draw: "dashes",
        }),
        price("expected_move_at_first", "", "dim", ctx, {
          draw: "dashes", ...below("expected_move_at_first"),
        }),
        price("straddle", "straddle", "call", ctx),
      ],
      left: pointsAxis(ctx),
      summary: "The move of the underlying since the first price, and the expected moves.",
    });
  },
});
