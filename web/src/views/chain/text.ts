import { DASH, type Figure, isKnown, plainText, sizeText as textOf, signed } from "../../numbers.js";
import type { Context } from "../../view.js";

export { ivText, strikeText } from "../../numbers.js";

const HALVES = 14; // halves of a digit's width: 26.40 L, 1234.50, −98,765
const FIGURE_SPACE = "\u2007";
const PUNCTUATION_SPACE = "\u2008";
const NARROW = "., ";

/** A call's figure with room to its left: its beginning stays where it is when a digit more comes. */
export function padded(leg: "call" | "put", text: string): string {
  if (leg === "put") return text;
  const missing = Math.max(0, HALVES - halvesOf(text));
  return FIGURE_SPACE.repeat(missing >> 1) + PUNCTUATION_SPACE.repeat(missing & 1) + text;
}

// A point, a comma and a space are half as wide as a digit.
function halvesOf(text: string): number {
  let halves = 2 * text.length;
  for (let at = 0; at < text.length; at += 1) if (NARROW.includes(text[at]!)) halves -= 1;
  return halves;
}

/** OI or volume, in lots or units; unknown is a dash and never 0. */
export const sizeText = (units: Figure, ctx: Context): string =>
  textOf(units, ctx.expiry?.lot ?? null, ctx.units);

/** The whole figure in units of the underlying, where its text is short or in lots. */
export const exactText = (units: Figure, ctx: Context): string =>
  isKnown(units) ? `${plainText(units, ctx.units.numbers)} units` : "unknown";

export const changeText = (units: Figure, ctx: Context): string =>
  signed(sizeText(units, ctx), units).replace("-", "−");

export { narrowPrice as priceText } from "../../numbers.js";

export const greekText = (value: Figure, digits: number): string =>
  isKnown(value) ? value.toFixed(digits).replace("-", "−") : DASH;
