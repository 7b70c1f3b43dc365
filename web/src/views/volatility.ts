import type { View } from "../view.js";
import { rank } from "./volatility/rank.js";
import { skew } from "./volatility/skew.js";
import { smile } from "./volatility/smile.js";
import { surface } from "./volatility/surface.js";
import { term } from "./volatility/term.js";

/** What options cost in volatility: by strike, by expiry, through the day, against the past. */
export const volatilityView: View = {
  name: "volatility",
  title: "Volatility",
  panels: [rank, smile, term, skew, surface],
};
