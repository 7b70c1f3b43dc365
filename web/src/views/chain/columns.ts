import { type TemplateResult, html } from "lit-html";

import type { Row } from "../../api.js";
import { signed } from "../../numbers.js";
import type { Context } from "../../view.js";
import { buildupText } from "../legs.js";
import type { ChainData } from "./data.js";
import { changeText, exactText, greekText, ivText, padded, priceText, sizeText } from "./text.js";

export type Leg = "call" | "put";

/** What a cell is made of: the leg's newest figures, its change, and all around. */
export interface Cell {
  readonly leg: Leg;
  readonly row: Row;
  readonly change: Row | undefined;
  readonly data: ChainData;
  readonly ctx: Context;
}

/** A column of both legs; calls are to the left of the strike, in the order given here. */
export interface Column {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
  /** The narrowest page that has room for it, in px; a narrower one leaves it out. */
  readonly from?: number;
  text(cell: Cell): string | TemplateResult;
  /** What the text leaves out: the figure in full, or why there is none. */
  exact?(cell: Cell): string;
  style?(cell: Cell): string;
}

const DOUBTED = html`<sup
  title="the feed's volume fell; this is the session's highest before">?</sup>`;

/** How long the bar of a leg's OI is, as a part of the largest. */
function oiBar({ leg, row, data }: Cell): string {
  const value = (row[`${leg}_oi`] as number | null) ?? 0;
  const part = value / Math.max(data.biggest.call, data.biggest.put, value);
  return `background-size:${(100 * part).toFixed(0)}% 15px`;
}

/** How OI, price and volatility move. */
export const FIGURES: readonly Column[] = [
  {
    name: "buildup", title: "Build-up", hint: "what price and OI say together", from: 760,
    text: ({ leg, change }) => buildupText(change?.[`${leg}_buildup`]),
  },
  {
    name: "oi_change", title: "ΔOI", hint: "change of OI", from: 520,
    text: ({ leg, change, ctx }) => padded(leg, changeText(change?.[`${leg}_oi_change`], ctx)),
    exact: ({ leg, change, ctx }) => exactText(change?.[`${leg}_oi_change`], ctx),
  },
  {
    name: "price_change", title: "ΔLTP", hint: "change of the last traded price", from: 1170,
    text: ({ leg, change }) => {
      const value = change?.[`${leg}_price_change`] as number | null | undefined;
      return padded(leg, signed(greekText(value, 2), value));
    },
  },
  {
    name: "oi", title: "OI", hint: "open interest", style: oiBar,
    text: ({ leg, row, ctx }) => padded(leg, sizeText(row[`${leg}_oi`], ctx)),
    exact: ({ leg, row, ctx }) => exactText(row[`${leg}_oi`], ctx),
  },
  {
    name: "volume", title: "Volume", hint: "of the session", from: 1030,
    text: ({ leg, row, ctx }) => {
      const text = padded(leg, sizeText(row[`${leg}_volume`], ctx));
      return row[`${leg}_volume_doubted`] ? html`${text}${DOUBTED}` : text;
    },
    exact: ({ leg, row, ctx }) => exactText(row[`${leg}_volume`], ctx),
  },
  {
    name: "iv", title: "IV %", hint: "implied volatility", from: 900,
    text: ({ leg, row }) => padded(leg, ivText(row[`${leg}_iv`])),
    exact: ({ leg, row }) => row[`${leg}_iv_status`] ?? "",
  },
  { name: "ltp", title: "LTP", hint: "last traded price", text: ({ leg, row }) => padded(leg, priceText(row[`${leg}_ltp`])) },
];

const greek = (name: string, title: string, digits: number, from: number): Column => ({
  name, title, hint: name, from,
  text: ({ leg, row }) => padded(leg, greekText(row[`${leg}_${name}`], digits)),
});

/** What is quoted, and how it moves with the market. */
export const QUOTES: readonly Column[] = [
  greek("vega", "Vega", 2, 1150),
  greek("theta", "Theta", 2, 960),
  greek("gamma", "Gamma", 5, 840),
  greek("delta", "Delta", 3, 520),
  { name: "iv", title: "IV %", hint: "implied volatility", from: 680, text: ({ leg, row }) => padded(leg, ivText(row[`${leg}_iv`])) },
  { name: "bid", title: "Bid", hint: "best bid", text: ({ leg, row }) => padded(leg, priceText(row[`${leg}_bid`])) },
  { name: "ask", title: "Ask", hint: "best ask", text: ({ leg, row }) => padded(leg, priceText(row[`${leg}_ask`])) },
];
