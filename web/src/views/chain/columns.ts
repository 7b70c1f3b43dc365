import { type TemplateResult, html, nothing } from "lit-html";

import type { Row } from "../../api.js";
import { signed } from "../../numbers.js";
import type { Context } from "../../view.js";
import { buildupText } from "../legs.js";
import type { ChainData } from "./data.js";
import { changeText, exactText, greekText, ivText, padded, priceText, sizeText } from "./text.js";

export type Leg = "call" | "put";

/** What a cell is made of: the leg's newest figures, its change, and all around. */
interface Cell {
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
}

function oi({ leg, row, data, ctx }: Cell): TemplateResult {
  const value = row[`${leg}_oi`] as number | null;
  const share = value === null ? 0 : value / Math.max(data.biggest.call, data.biggest.put, value);
  return html`${value === null ? nothing : html`<i class="bar" .style=${`transform:scaleX(${share.toFixed(3)})`}></i>`
    }<span title=${exactText(value, ctx)}>${padded(leg, sizeText(value, ctx))}</span>`;
}

/** How OI, price and volatility move. */
export const FIGURES: readonly Column[] = [
  {
    name: "buildup", title: "Build-up", hint: "what price and OI say together", from: 520,
    text: ({ leg, change }) => buildupText(change?.[`${leg}_buildup`]),
  },
  {
    name: "oi_change", title: "ΔOI", hint: "change of OI", from: 440,
    text: ({ leg, change, ctx }) => {
      const value = change?.[`${leg}_oi_change`];
      return html`<span title=${exactText(value, ctx)}>${padded(leg, changeText(value, ctx))}</span>`;
    },
  },
  {
    name: "price_change", title: "ΔLTP", hint: "change of the last traded price", from: 1150,
    text: ({ leg, change }) => {
      const value = change?.[`${leg}_price_change`] as number | null | undefined;
      return padded(leg, signed(greekText(value, 2), value));
    },
  },
  { name: "oi", title: "OI", hint: "open interest", text: oi },
  {
    name: "volume", title: "Volume", hint: "of the session", from: 820,
    text: ({ leg, row, ctx }) => html`<span title=${exactText(row[`${leg}_volume`], ctx)}>${
      padded(leg, sizeText(row[`${leg}_volume`], ctx))}</span>${
      row[`${leg}_volume_doubted`] ? html`<sup title="the feed's volume fell; this is what it had reached">?</sup>` : nothing}`,
  },
  {
    name: "iv", title: "IV %", hint: "implied volatility", from: 680,
    text: ({ leg, row }) => html`<span title=${row[`${leg}_iv_status`] ?? ""}>${
      padded(leg, ivText(row[`${leg}_iv`]))}</span>`,
  },
  { name: "ltp", title: "LTP", hint: "last traded price", text: ({ leg, row }) => padded(leg, priceText(row[`${leg}_ltp`])) },
];

const greek = (name: string, title: string, digits: number, from: number): Column => ({
  name, title, hint: name, from,
  text: ({ leg, row }) => padded(leg, greekText(row[`${leg}_${name}`], digits)),
});

/** What is quoted, and how it moves with the market. */
export const QUOTES: readonly Column[] = [
  greek("vega", "Vega", 2, 980),
  greek("theta", "Theta", 2, 900),
  greek("gamma", "Gamma", 5, 820),
  greek("delta", "Delta", 3, 440),
  { name: "iv", title: "IV %", hint: "implied volatility", from: 620, text: ({ leg, row }) => padded(leg, ivText(row[`${leg}_iv`])) },
  { name: "bid", title: "Bid", hint: "best bid", text: ({ leg, row }) => padded(leg, priceText(row[`${leg}_bid`])) },
  { name: "ask", title: "Ask", hint: "best ask", text: ({ leg, row }) => padded(leg, priceText(row[`${leg}_ask`])) },
];
