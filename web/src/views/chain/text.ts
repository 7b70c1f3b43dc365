import { DASH, type Figure, isKnown, lakhCroreText, plainText, shortText, signed, sizeOf } from "../../numbers.js";
import type { Context } from "../../view.js";

export { ivText, strikeText } from "../../numbers.js";

const HALVES = 14; // halves of a digit's width: 26.40 L, 1234.50, −98,765
const MOST_HALVES = 16; // 1,234 Cr fits with its sign, and 12,345 Cr does not
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

/** OI or volume, in lots or units, as narrow as a cell; unknown is a dash and never 0. */
export const sizeText = (units: Figure, ctx: Context): string => narrowed(units, ctx, (text) => text);

function narrowed(units: Figure, ctx: Context, write: (text: string) => string): string {
  const value = sizeOf(units, ctx.expiry?.lot ?? null, ctx.units);
  let text = "";
  for (let decimals = 2; decimals >= 0; decimals -= 1) {
    text = write(shortText(value, ctx.units.numbers, decimals));
    if (halvesOf(text) <= HALVES) return text;
  }
  const isHuge = halvesOf(text) > MOST_HALVES && ctx.units.numbers === "indian";
  return isHuge ? write(lakhCroreText(value!)) : text;
}

/** The whole figure in units of the underlying, where its text is short or in lots. */
export const exactText = (units: Figure, ctx: Context): string =>
  isKnown(units) ? `${plainText(units, ctx.units.numbers)} units` : "unknown";

export const changeText = (units: Figure, ctx: Context): string =>
  narrowed(units, ctx, (text) => signed(text, units));

export { narrowPrice as priceText } from "../../numbers.js";

export const greekText = (value: Figure, digits: number): string =>
  isKnown(value) ? value.toFixed(digits).replace("-", "−") : DASH;
