import type { Panel } from "../../view.js";
import { byStrike, byStrikeOfAll } from "./by_strike.js";
import { changes, maxPain, ratio } from "./day.js";
import { heat } from "./heat.js";

export const panels: readonly Panel[] = [
  byStrike, changes, ratio, maxPain, byStrikeOfAll, heat,
];
