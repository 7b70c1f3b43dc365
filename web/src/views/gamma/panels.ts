import type { Panel } from "../../view.js";
import { exposure } from "./by_strike.js";
import { day } from "./day.js";
import { levels } from "./levels.js";

export const panels: readonly Panel[] = [levels, exposure, day];
