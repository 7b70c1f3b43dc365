import { ratioText, strikeText } from "../../numbers.js";
import type { Context } from "../../view.js";
import { ofDay, seriesPanel } from "../ask.js";
import { joined, lines, pointsAxis, price, size, sizeAxis } from "../lines.js";

const figure = (ctx: Context, indicator: string) =>
  ofDay(ctx, "expiry_series", { indicator, expiries: [ctx.state.expiry] });

/** The put-call ratio of the whole expiry, against the underlying. */
export const ratio = seriesPanel({
  name: "oi-pcr",
  title: "Put-call ratio of OI",
  size: "third",
  ask: (ctx) => figure(ctx, "pcr_oi"),
  more: (ctx) => [figure(ctx, "underlying")],
  draw: ({ rows, more }, ctx) => lines(joined({ ratio: rows, underlying: more[0]! }), ctx, {
    columns: [
      {
        label: "PCR", colour: ctx.colour("accent"),
        value: (row) => row["ratio"], write: (value) => ratioText(value, 3),
      },
      price("underlying", "underlying", "text", ctx, { axis: "right", draw: "dashes" }),
    ],
    left: { label: "put OI / call OI", tick: (value, more) => ratioText(value, 2 + more) },
    right: pointsAxis(ctx, "underlying"),
    summary: "Put-call ratio of open interest, and the underlying, through the day.",
  }),
});

/** How OI has changed since the day began, over all strikes. */
export const changes = seriesPanel({
  name: "oi-change",
  title: "Change of OI, all strikes",
  size: "third",
  ask: (ctx) => ofDay(ctx, "cumulative_oi", { expiry: ctx.state.expiry }),
  draw: ({ rows }, ctx) => lines(rows, ctx, {
    columns: [
      size("call_oi_change_running", "calls", "call", ctx),
      size("put_oi_change_running", "puts", "put", ctx),
      size("net_oi_change_running", "net", "text", ctx, { draw: "dashes" }),
    ],
    left: sizeAxis(ctx),
    summary: "Running change of open interest of calls and of puts through the day.",
  }),
});

/** Max pain against the underlying. */
export const maxPain = seriesPanel({
  name: "oi-max-pain",
  title: "Max pain",
  size: "third",
  ask: (ctx) => ofDay(ctx, "max_pain_series", { expiry: ctx.state.expiry }),
  draw: ({ rows }, ctx) => lines(rows, ctx, {
    columns: [
      price("max_pain", "max pain", "accent", ctx, { write: strikeText }),
      price("underlying", "underlying", "text", ctx, { draw: "dashes" }),
    ],
    left: pointsAxis(ctx),
    summary: "Max pain and the underlying through the day.",
  }),
});
