import type { Context } from "../../view.js";

const DASH = "–";
const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const indian = new Intl.NumberFormat("en-IN", { maximumFractionDigits: 0 });

type Figure = number | null | undefined;

/** OI or volume, in lots or units; unknown is a dash and never 0. */
export function sizeText(units: Figure, ctx: Context): string {
  if (units == null) return DASH;
  const lot = ctx.expiry?.lot ?? 1;
  return countText(ctx.units.size === "lots" ? units / lot : units, ctx);
}

function countText(value: number, ctx: Context): string {
  if (ctx.units.numbers === "plain") return plain.format(value);
  const size = Math.abs(value);
  if (size >= 99_99_500) return `${(value / 1e7).toFixed(2)} Cr`;
  if (size >= 1e5) return `${(value / 1e5).toFixed(2)} L`;
  return indian.format(value);
}

export function changeText(units: Figure, ctx: Context): string {
  if (units == null) return DASH;
  const text = sizeText(units, ctx);
  return units > 0 ? `+${text}` : text.replace("-", "−");
}

export const priceText = (price: Figure): string => price == null ? DASH : price.toFixed(2);

/** A decimal as a percentage, without its sign: the column's title has it. */
export const ivText = (iv: Figure): string => iv == null ? DASH : (100 * iv).toFixed(1);

export const greekText = (value: Figure, digits: number): string =>
  value == null ? DASH : value.toFixed(digits).replace("-", "−");

export const strikeText = (strike: number): string => String(strike);
