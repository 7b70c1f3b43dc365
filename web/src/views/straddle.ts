import type { View } from "../view.js";
import { fixed } from "./straddle/fixed.js";
import { move } from "./straddle/move.js";
import { rolling } from "./straddle/rolling.js";

/** What the market pays for a move, and how far it has come. */
export const straddleView: View = {
  name: "straddle",
  title: "Straddle",
  panels: [move, rolling, fixed],
};
