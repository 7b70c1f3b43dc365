import type { Row } from "../../api.js";
import { ivText, percentText } from "../../numbers.js";
import type { Context } from "../../view.js";
import { ofDay, seriesPanel } from "../ask.js";
import { type Column, joined, lines } from "../lines.js";

const figure = (ctx: Context, indicator: string) =>
  ofDay(ctx, "expiry_series", { indicator, expiries: [ctx.state.expiry] });

/** How much dearer puts are than calls, through the day, and IV at the money. */
export const skew = seriesPanel({
  name: "skew",
  title: "Skew and IV at the money",
  ask: (ctx) => figure(ctx, "skew_25"),
  more: (ctx) => [figure(ctx, "butterfly_25"), figure(ctx, "atm_iv")],
  draw({ rows, more: [butterfly, atm] }, ctx) {
    const iv = (name: string, label: string, colour: string, extra: Partial<Column> = {}) => ({
      label, colour: ctx.colour(colour),
      value: (row: Row) => row[name] as number | null,
      write: (value: number) => percentText(value, 2),
      ...extra,
    });
    return lines(joined({ skew: rows, butterfly: butterfly!, atm: atm! }), ctx, {
      columns: [
        iv("skew", "put less call, delta 25", "accent"),
        iv("butterfly", "butterfly", "call"),
        iv("atm", "at the money", "text", { axis: "right", draw: "dashes" }),
      ],
      left: { label: "IV points", tick: ivText },
      right: { label: "IV, % a year", tick: ivText },
      isTall: true,
      summary: "Skew, butterfly, and implied volatility at the money through the day.",
    });
  },
});
