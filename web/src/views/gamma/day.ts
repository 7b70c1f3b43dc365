import { html } from "lit-html";

import { shortText, strikeText, tickText } from "../../numbers.js";
import { ofDay, seriesPanel } from "../ask.js";
import { lines, pointsAxis, price } from "../lines.js";

/** Where flip, walls and underlying were, and the net exposure. */
export const day = seriesPanel({
  name: "exposure-day",
  title: "Levels of exposure over time",
  size: "whole",
  ask: (ctx) => ofDay(ctx, "exposure_series", { expiry: ctx.state.expiry }),
  draw({ rows }, ctx) {
    const { numbers } = ctx.units;
    return html`<div class="plots">
      ${lines(rows, ctx, {
        columns: [
          price("underlying", "underlying", "text", ctx, { draw: "dashes" }),
          price("gex_flip", "flip", "accent", ctx),
          price("call_wall", "call wall", "call", ctx, { write: strikeText }),
          price("put_wall", "put wall", "put", ctx, { write: strikeText }),
        ],
        left: pointsAxis(ctx),
        summary: "Flip, walls and the underlying through the day.",
      })}
      ${lines(rows, ctx, {
        columns: [
          {
            label: "net GEX", colour: ctx.colour("accent"), value: (row) => row["net_gex"],
            write: (value) => shortText(value, numbers),
          },
          price("underlying", "underlying", "text", ctx, { axis: "right", draw: "dashes" }),
        ],
        left: {
          label: `${ctx.symbol.currency} a 1 % move`, tick: (value, more) => tickText(value, numbers, more),
        },
        right: pointsAxis(ctx, "underlying"),
        summary: "Net gamma exposure and the underlying through the day.",
      })}
    </div>`;
  },
});
