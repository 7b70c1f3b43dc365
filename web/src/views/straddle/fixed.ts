import { html } from "lit-html";

import type { Context, Panel } from "../../view.js";
import { strikeText } from "../../numbers.js";
import {
  type Ask, type Told, callOf, drawn, loadAll, ofDay, pathOf, statementOf,
} from "../ask.js";
import { lines, pointsAxis, price } from "../lines.js";

interface Fixed extends Told {
  readonly strike: number | null;
}

const rolling = (ctx: Context): Ask =>
  ofDay(ctx, "straddle_series", { expiry: ctx.state.expiry });

const fixedAt = (ctx: Context, strike: number): Ask =>
  ofDay(ctx, "fixed_straddle_series", { expiry: ctx.state.expiry, strike });

// The strike that was asked for last, for the statement of the same.
let asked: { readonly chain: string; readonly strike: number } | null = null;
// Live, the day is that of the newest session.
const chainOf = ({ state: { symbol, expiry, at, tf }, symbol: facts }: Context): string =>
  [symbol, expiry, at ?? facts.session?.date, tf].join();
const strikeOf = (ctx: Context): number | null =>
  asked?.chain === chainOf(ctx) ? asked.strike : null;

/** The straddle that was at the money when the day began: what its buyer has made since. */
export const fixed: Panel<Fixed> = {
  name: "straddle-fixed",
  title: "Fixed straddle",
  every: 5000,
  sql: (_state, ctx) => {
    const strike = strikeOf(ctx);
    if (strike !== null) return statementOf(fixedAt(ctx, strike));
    return `SELECT atm_strike FROM ${callOf(rolling(ctx))} LIMIT 1;`;
  },
  csv: (_state, ctx) => {
    const strike = strikeOf(ctx);
    return strike === null ? null : pathOf(fixedAt(ctx, strike));
  },
  async load(ctx) {
    let strike = strikeOf(ctx);
    if (strike === null) {
      const told = await loadAll(ctx, [rolling(ctx)]);
      strike = told.rows.find((row) => row["atm_strike"] !== null)?.["atm_strike"] ?? null;
      if (strike === null) return { ...told, rows: [], strike };
      asked = { chain: chainOf(ctx), strike };
    }
    return { ...await loadAll(ctx, [fixedAt(ctx, strike)]), strike };
  },
  render: (told, ctx) => html`${drawn(told, ctx, () => draw(told, ctx))}`,
};

const draw = ({ rows, strike }: Fixed, ctx: Context) => lines(rows, ctx, {
  columns: [
    price("straddle", `straddle ${strikeText(strike)}`, "accent", ctx),
    price("call_price", "call", "call", ctx),
    price("put_price", "put", "put", ctx),
    price("underlying", "underlying", "text", ctx, { axis: "right", draw: "dashes" }),
  ],
  left: pointsAxis(ctx),
  right: pointsAxis(ctx, "underlying"),
  summary: `The straddle of strike ${strikeText(strike)}, its call and its put through the day.`,
});
