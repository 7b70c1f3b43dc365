import type { Row } from "../api.js";
import type { Mark } from "../charts/marks.js";
import { priceText, strikeText } from "../numbers.js";
import type { Context } from "../view.js";

type Level = readonly [column: string, label: string, colour: string];

export const UNDERLYING: Level = ["underlying", "spot", "text"];
export const OI_LEVELS: readonly Level[] = [
  UNDERLYING,
  ["max_pain", "max pain", "accent"],
  ["support", "support", "put"],
  ["resistance", "resistance", "call"],
];
export const GEX_LEVELS: readonly Level[] = [
  ["gex_flip", "flip", "accent"],
  ["put_wall", "put wall", "put"],
  ["call_wall", "call wall", "call"],
];

/** The known levels of a row, as marks. */
export function marksOf(row: Row | undefined, levels: readonly Level[], ctx: Context): Mark[] {
  return levels.flatMap(([column, name, colour]) => {
    const at: unknown = row?.[column];
    if (typeof at !== "number") return [];
    const text = Number.isInteger(at) ? strikeText(at) : priceText(at, ctx.units, 0);
    return [{ at, label: `${name} ${text}`, colour: ctx.colour(colour) }];
  });
}
