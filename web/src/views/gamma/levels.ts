import { type Figure, isKnown, priceText, shortText, strikeText } from "../../numbers.js";
import { ofExpiry, panel } from "../ask.js";
import { tiles } from "../tiles.js";

/** The levels of exposure, and its sums. */
export const levels = panel({
  name: "exposure-levels",
  title: "Levels of exposure",
  size: "whole",
  ask: (ctx) => ofExpiry(ctx, "exposure_levels"),
  more: (ctx) => [ofExpiry(ctx, "atm")],
  draw({ rows: [row = {}], more }, ctx) {
    const spot = more[0]?.[0]?.["underlying"] as Figure;
    const { currency } = ctx.symbol;
    const money = (value: Figure) => shortText(value, ctx.units.numbers);
    const away = (level: Figure) => isKnown(level) && isKnown(spot)
      ? `${priceText(Math.abs(level - spot), ctx.units, 0)} ${level < spot ? "below" : "above"} spot`
      : "unknown";
    const known = row["known_legs"] === row["legs"]
      ? `all ${row["legs"] ?? 0} legs known` : `${row["known_legs"]} of ${row["legs"]} legs known`;
    return tiles([
      {
        name: "Flip", figure: priceText(row["gex_flip"], ctx.units, 1),
        note: isKnown(row["gex_flip"]) ? away(row["gex_flip"]) : "the sum does not change sign",
      },
      { name: "Put wall", figure: strikeText(row["put_wall"]), note: away(row["put_wall"]) },
      { name: "Call wall", figure: strikeText(row["call_wall"]), note: away(row["call_wall"]) },
      { name: "Net GEX", figure: money(row["net_gex"]), note: `${currency} a 1 % move` },
      { name: "Net DEX", figure: money(row["net_dex"]), note: `${currency} of delta` },
      { name: "Net vanna", figure: money(row["net_vanna"]), note: `${currency} a point of IV` },
      { name: "Net charm", figure: money(row["net_charm"]), note: `${currency} a day; ${known}` },
    ]);
  },
});
