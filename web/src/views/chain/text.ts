import { DASH, type Figure, isKnown, plainText, sizeText as textOf, signed } from "../../numbers.js";
import type { Context } from "../../view.js";

export { ivText, strikeText } from "../../numbers.js";

const WIDTH = 8;

/** A call's figure with room to its left: its beginning stays where it is when a digit more comes. */
export const padded = (leg: "call" | "put", text: string): string =>
  leg === "call" ? text.padStart(WIDTH, "\u2007") : text;

/** OI or volume, in lots or units; unknown is a dash and never 0. */
export const sizeText = (units: Figure, ctx: Context): string =>
  textOf(units, ctx.expiry?.lot ?? null, ctx.units);

/** The whole figure in units of the underlying, where its text is short or in lots. */
export const exactText = (units: Figure, ctx: Context): string =>
  isKnown(units) ? `${plainText(units, ctx.units.numbers)} units` : "unknown";

export const changeText = (units: Figure, ctx: Context): string =>
  signed(sizeText(units, ctx), units).replace("-", "−");

/** A price as the market writes it: no groups, so that columns stay narrow. */
export const priceText = (price: Figure): string => isKnown(price) ? price.toFixed(2) : DASH;

export const greekText = (value: Figure, digits: number): string =>
  isKnown(value) ? value.toFixed(digits).replace("-", "−") : DASH;
