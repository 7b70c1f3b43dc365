import type { View } from "../view.js";
import { byStrike, byStrikeOfAll } from "./oi/by_strike.js";
import { changes, maxPain, ratio } from "./oi/day.js";
import { heat } from "./oi/heat.js";

/** Open interest by strike, now and before, and through the day. */
export const oiView: View = {
  name: "oi",
  title: "OI",
  panels: [byStrike, changes, ratio, maxPain, byStrikeOfAll, heat],
};
