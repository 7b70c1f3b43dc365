import type { View } from "../view.js";
import { exposure } from "./gamma/by_strike.js";
import { day } from "./gamma/day.js";
import { levels } from "./gamma/levels.js";

/** What dealers would have to hedge, if they are long calls and short puts. */
export const gammaView: View = {
  name: "gamma",
  title: "Gamma",
  panels: [levels, exposure, day],
};
