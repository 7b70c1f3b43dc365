import "./desk.css";

import type { View } from "../view.js";

/**
 * What stands out, what models predict, which alerts fired, whether everything works, and the
 * work that was asked for.
 */
export const deskView: View = {
  name: "desk",
  title: "Desk",
  panels: [],
  more: async () => (await import("./desk/panels.js")).panels,
};
