import type { View } from "../view.js";
import { chainView } from "./chain.js";

/** The views, in the order of the tabs and of the keys 1 to 9. */
export const VIEWS: readonly View[] = [chainView];
