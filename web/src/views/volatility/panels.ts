import type { Panel } from "../../view.js";
import { rank } from "./rank.js";
import { skew } from "./skew.js";
import { smile } from "./smile.js";
import { surface } from "./surface.js";
import { term } from "./term.js";

export const panels: readonly Panel[] = [rank, smile, term, skew, surface];
