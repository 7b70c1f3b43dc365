import type { View } from "../view.js";

/** What options cost in volatility: by strike, by expiry, through the day, against the past. */
export const volatilityView: View = {
  name: "volatility",
  title: "Volatility",
  panels: [],
  more: async () => (await import("./volatility/panels.js")).panels,
};
