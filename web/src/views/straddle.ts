import type { View } from "../view.js";

/** What the market pays for a move, and how far it has come. */
export const straddleView: View = {
  name: "straddle",
  title: "Straddle",
  panels: [],
  more: async () => (await import("./straddle/panels.js")).panels,
};
