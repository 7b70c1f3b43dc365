import type { Units } from "./view.js";

/** Unknown, which is never 0. */
export const DASH = "–";

/** A figure that may be unknown. */
export type Figure = number | null | undefined;

type Numbers = Units["numbers"];

// What is written in short, the largest first.
const SCALES: Record<Numbers, readonly (readonly [number, string])[]> = {
  indian: [[1e12, " L Cr"], [1e7, " Cr"], [1e5, " L"]],
  plain: [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]],
};
const LEAST: Record<Numbers, number> = { indian: 1e5, plain: 1e5 };
const BILLION = 1e9;
const formats = new Map<string, Intl.NumberFormat>();

/** A number with its groups of digits: 12,34,567 or 1,234,567. */
export function plainText(value: Figure, numbers: Numbers, decimals = 0): string {
  if (!isKnown(value)) return DASH;
  return minus(format(numbers, decimals, decimals).format(value));
}

/** A number in short from a lakh up: 1.06 Cr, 25.02 L, 55,575; or 10.60M, 2.50M, 55,575. */
export function shortText(value: Figure, numbers: Numbers, decimals = 2): string {
  if (!isKnown(value)) return DASH;
  const size = Math.abs(value);
  if (size < LEAST[numbers]) return plainText(value, numbers, decimalsOf(size));
  // 99,99,999 is 1.00 Cr and not 100.00 L.
  const found = SCALES[numbers].find(([scale]) => size >= scale * 0.99995);
  const [scale, letters] = found ?? [1, ""];
  const digits = size / scale < 999.995 ? decimals : 0;
  return minus(format(numbers, digits, digits).format(value / scale) + letters);
}

/** 0.12 L Cr, which is narrower than 12,345 Cr. */
export const lakhCroreText = (value: number): string =>
  minus(format("indian", 2, 2).format(value / 1e12) + " L Cr");

/** The ticks of an axis in short: 50 L, 1.25 Cr, 750; with `more` decimals than two. */
export function tickText(value: number, numbers: Numbers, more = 0): string {
  const size = Math.abs(value);
  const [scale, letters] = SCALES[numbers].find(([each]) => size >= each) ?? [1, ""];
  return minus(format(numbers, 0, 2 + more).format(value / scale) + letters);
}

/** The ticks of an axis of prices: 24,500, 12.5, 0.25; with `more` decimals than two. */
export const pointsText = (value: number, numbers: Numbers, more = 0): string =>
  minus(format(numbers, 0, 2 + more).format(value));

/** OI or a volume, which come in units of the underlying, in lots if the reader likes. */
export function sizeOf(value: Figure, lot: number | null, units: Units): number | null {
  if (!isKnown(value)) return null;
  return units.size === "lots" && lot ? value / lot : value;
}

/** The noun of `sizeOf`: units where no lot is known. */
export const sizeNoun = (lot: number | null, units: Units): string =>
  units.size === "lots" && lot ? "lots" : "units";

export const sizeText = (value: Figure, lot: number | null, units: Units): string =>
  shortText(sizeOf(value, lot, units), units.numbers);

/** A change says its direction. */
export function signed(text: string, value: Figure): string {
  return isKnown(value) && value > 0 ? `+${text}` : text;
}

/** An IV, which is a decimal, in percent: 12.4; with `more` decimals than one. */
export const ivText = (value: Figure, more = 0): string =>
  isKnown(value) ? minus((value * 100).toFixed(1 + more)) : DASH;

export const percentText = (value: Figure, decimals = 1): string =>
  isKnown(value) ? minus(`${(value * 100).toFixed(decimals)} %`) : DASH;

/** The decimals of a price; one below 1 has four digits: 0.1525, 0.00688, 0.05. */
const priceDecimals = (value: number, least: number): number =>
  value * value < 1 ? Math.max(least, `${+Math.abs(value).toPrecision(4)}`.length - 2) : least;

/** A price as the market writes it: no groups, so that columns stay narrow. */
export const narrowPrice = (price: Figure): string =>
  !isKnown(price) ? DASH
    : price < BILLION ? price.toFixed(priceDecimals(price, 2)) : `${(price / BILLION).toFixed(2)}B`;

export const priceText = (value: Figure, units: Units, decimals = 2): string =>
  plainText(value, units.numbers, priceDecimals(value ?? 1, decimals));

/** A strike, without groups as traders write it: 24500, 0.475. */
export const strikeText = (value: Figure): string =>
  isKnown(value) ? `${+value.toFixed(6)}` : DASH;

export const ratioText = (value: Figure, decimals = 2): string =>
  isKnown(value) ? minus(value.toFixed(decimals)) : DASH;

/** 1 session, 2 sessions. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

/** A minus as wide as a digit, so that columns stay in line. */
const minus = (text: string): string => text.replace("-", "−");

export function isKnown(value: Figure): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

// As many as a small figure needs to say something.
const decimalsOf = (size: number): number =>
  Number.isInteger(size) || size >= 100 ? 0 : size >= 1 ? 2 : 4;

function format(numbers: Numbers, least: number, most: number): Intl.NumberFormat {
  const key = `${numbers}${least}${most}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.NumberFormat(numbers === "indian" ? "en-IN" : "en-US", {
      minimumFractionDigits: least, maximumFractionDigits: most,
    });
    formats.set(key, found);
  }
  return found;
}
