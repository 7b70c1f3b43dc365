import type { Panel } from "../../view.js";
import { fixed } from "./fixed.js";
import { move } from "./move.js";
import { rolling } from "./rolling.js";

export const panels: readonly Panel[] = [move, rolling, fixed];
