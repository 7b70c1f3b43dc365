import { DASH, counted, isKnown, percentText, ratioText } from "../../numbers.js";
import { atInstant, panel } from "../ask.js";
import { tiles } from "../tiles.js";

/** Implied against the past: its rank, and what the underlying really did. */
export const rank = panel({
  name: "iv-rank",
  title: "IV rank, and realised volatility",
  size: "whole",
  every: 10_000,
  ask: (ctx) => atInstant(ctx, "iv_rank"),
  more: (ctx) => [
    atInstant(ctx, "constant_maturity_iv"), atInstant(ctx, "realised_volatility"),
  ],
  draw({ rows: [ranked = {}], more: [[maturity = {}] = [], [realised = {}] = []] }) {
    const sessions = ranked["sessions"] ?? 0;
    const returns = realised["returns"] ?? 0;
    const range = isKnown(ranked["low"])
      ? `${percentText(ranked["low"])} to ${percentText(ranked["high"])}` : "";
    return tiles([
      {
        name: "IV of 30 days", figure: percentText(maturity["iv"]),
        note: maturity["is_bracketed"] === false
          ? `that of ${maturity["near_expiry"]} alone` : "between two expiries",
      },
      {
        name: "IV rank", figure: isKnown(ranked["iv_rank"])
          ? ratioText(ranked["iv_rank"]) : DASH,
        note: sessions === 0 ? "no session is stored before this one"
          : `${range}, ${counted(sessions, "session")}`,
      },
      {
        name: "IV percentile", figure: percentText(ranked["iv_percentile"], 0),
        note: `of ${counted(sessions, "session")} before`,
      },
      {
        name: "Realised, this session", figure: percentText(realised["intraday"]),
        note: "of 5-minute returns, a year",
      },
      {
        name: "Realised, close to close", figure: percentText(realised["realised"]),
        note: `${counted(returns, "return")}${returns < 2 ? ": too few" : ""}`,
      },
      {
        name: "Realised, high and low", figure: percentText(realised["parkinson"]),
        note: "Parkinson",
      },
      {
        name: "Implied less realised", figure: percentText(realised["premium"]),
        note: "now, IV of 30 days",
      },
    ]);
  },
});
