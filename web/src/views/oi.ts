import type { View } from "../view.js";

/** Open interest by strike, now and before, and through the day. */
export const oiView: View = {
  name: "oi",
  title: "OI",
  panels: [],
  more: async () => (await import("./oi/panels.js")).panels,
};
