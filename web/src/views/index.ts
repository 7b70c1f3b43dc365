import type { View } from "../view.js";
import { chainView } from "./chain.js";
import { deskView } from "./desk.js";
import { gammaView } from "./gamma.js";
import { oiView } from "./oi.js";
import { straddleView } from "./straddle.js";
import { volatilityView } from "./volatility.js";
// Style of charts, whose code is read later: all style is the page's (build.mjs).
import "../charts/charts.css";
import "uplot/dist/uPlot.min.css";

/** The views, in the order of the tabs and of the keys 1 to 9. */
export const VIEWS: readonly View[] = [
  chainView, oiView, volatilityView, gammaView, straddleView, deskView,
];
