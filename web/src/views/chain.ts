import "./chain.css";

import type { View } from "../view.js";
import { ladderPanel } from "./chain/ladder.js";
import { levelsPanel } from "./chain/levels.js";

/** The whole expiry as a ladder, and what its levels are. */
export const chainView: View = {
  name: "chain",
  title: "Chain",
  panels: [levelsPanel, ladderPanel],
};
