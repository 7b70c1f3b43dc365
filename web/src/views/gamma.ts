import type { View } from "../view.js";

/** What dealers would have to hedge, if they are long calls and short puts. */
export const gammaView: View = {
  name: "gamma",
  title: "Gamma",
  panels: [],
  more: async () => (await import("./gamma/panels.js")).panels,
};
