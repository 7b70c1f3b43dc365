import { type TemplateResult, html, nothing } from "lit-html";
import { guard } from "lit-html/directives/guard.js";
import { ref } from "lit-html/directives/ref.js";

import type { Row } from "../../api.js";
import { VIEW_KEY } from "../../keys.js";
import { durationText, timeText } from "../../time.js";
import type { Context, Panel } from "../../view.js";
import { pathOf, statementOf } from "../ask.js";
import { type Cell, type Column, FIGURES, type Leg, QUOTES } from "./columns.js";
import { type ChainData, asksOf, loadChain } from "./data.js";
import { type Mark, bandOf, marksOf } from "./marks.js";
import { strikeText } from "./text.js";

type LiveRow = Row | undefined;

const OLD_SECONDS = 90; // of the market's time; older rows say their age
const ROW_PX = 22; // as in chain.css
const HEAD_ROWS = 2; // that cover the first ones
const BEYOND = 1; // rows beyond an edge that are drawn as well

let hasQuotes = false; // bid, ask and Greeks instead of OI
let scrolledTo = ""; // the chain that was scrolled to its money
let last: Context | null = null;
let box: HTMLElement | undefined;
let seen = { first: 0, last: Infinity }; // rows between the edges of the ladder
let drawn: { data: ChainData | null; rows: Map<number, LiveRow> } = { data: null, rows: new Map() };

addEventListener(VIEW_KEY, (event) => {
  const key = (event as CustomEvent<string>).detail;
  if (key === "m") scrolledTo = "";
  else hasQuotes = !hasQuotes;
  last?.redraw();
});
addEventListener("resize", look);

/** The chain's ladder: every strike of the expiry, in a fixed order. */
export const ladderPanel: Panel<ChainData> = {
  name: "ladder",
  title: "Chain",
  size: "whole",
  sql: (_state, ctx) => asksOf(ctx).map(statementOf).join("\n\n"),
  csv: (_state, ctx) => pathOf(asksOf(ctx)[0]),
  load: loadChain,
  asOf: (data, ctx) => ctx.state.at ?? ctx.live?.quoteTime ?? data.clock,
  eventOf: (data, ctx) => ctx.live ? ctx.liveEvent : data.event,
  render,
};

function render(data: ChainData, ctx: Context): TemplateResult {
  last = ctx;
  if (data.rows.length === 0) {
    return html`<p class="nothing">This expiry had no quotes yet at that time.</p>`;
  }
  const columns = (hasQuotes ? QUOTES : FIGURES).filter(({ from = 0 }) => innerWidth >= from);
  const marks = marksOf(data.levels);
  const band = bandOf(data.levels);
  const underlying = ctx.live?.underlying ?? data.levels?.["underlying"] ?? null;
  queueMicrotask(() => scrollToMoney(`${ctx.state.symbol} ${ctx.state.expiry}`));
  return html`
    <div class="legend">
      <button @click=${() => toggle(ctx)} title="key g">${hasQuotes ? "OI and volume" : "bid, ask, Greeks"}</button>
      <button @click=${() => { scrolledTo = ""; ctx.redraw(); }} title="key m">to the money</button>
      <span class="marks"><b>S</b> support <b>R</b> resistance <b>M</b> max pain <b>C</b> <b>P</b> walls
        <span><i></i> expected move</span></span>
      ${ctx.live && data.clock !== null ? html`<span class="loaded" data-event=${data.event}
        title=${`event ${data.event}; the other figures are newer`}>changes and marks of ${
          timeText(data.clock, ctx.symbol.zone)}</span>` : nothing}
      ${data.noChange === null ? nothing : html`<span class="late">no change of OI: ${data.noChange}</span>`}
    </div>
    <div class="ladder" tabindex="0" ${ref(begin)} @scroll=${scrolled} @pointerover=${showExact}
      role="region" aria-label="Chain by strike">
    <table role="table" .style=${`--columns:${columns.length}`}>
      <thead role="rowgroup">
        <tr role="row" class="legs"><th role="columnheader" scope="colgroup" class="call"
          colspan=${columns.length}>Calls</th><td role="cell" class="strike"></td>
          <th role="columnheader" scope="colgroup" class="put" colspan=${columns.length}>Puts</th></tr>
        <tr role="row">${columns.map((column) => head(column, "call"))}
          <th role="columnheader" scope="col" class="strike">Strike</th>
          ${columns.toReversed().map((column) => head(column, "put"))}</tr>
      </thead>
      <tbody role="rowgroup">${rowsWithMoney(data, ctx, columns, marks, band, underlying)}</tbody>
    </table></div>`;
}

function toggle(ctx: Context): void {
  hasQuotes = !hasQuotes;
  ctx.redraw();
}

const head = ({ name, title, hint }: Column, leg: Leg): TemplateResult =>
  html`<th role="columnheader" scope="col" class=${`${leg} c-${name}`} title=${hint}>${title}</th>`;

function rowsWithMoney(
  data: ChainData, ctx: Context, columns: readonly Column[], marks: Map<number, Mark[]>,
  band: [number, number] | null, underlying: number | null,
): TemplateResult[] {
  const atm = data.levels?.["atm_strike"] ?? null;
  const above = data.rows.find((row) => underlying !== null && row["strike"] > underlying);
  return data.rows.map((stored, at) => {
    const strike = stored["strike"] as number;
    const live = liveRow(strike, at, data, ctx);
    const classes = ["row"];
    if (strike === atm) classes.push("atm");
    if (stored === above) classes.push("above");
    if (band && strike >= band[0] && strike <= band[1]) classes.push("in-band");
    const shown = classes.join(" ");
    const side = underlying === null ? 0 : Math.sign(strike - underlying);
    const { expiry, units } = ctx;
    const depends = [data, live, shown, side, hasQuotes, columns.length, expiry?.lot, units.size, units.numbers];
    return html`${guard(depends, () => { // a row whose figures are the same stays as it is
      const cellOf = { row: { ...stored, ...live }, change: data.changes.get(strike), data, ctx };
      const cells = (leg: Leg, ordered: readonly Column[]) =>
        ordered.map((column) => drawCell(column, { leg, ...cellOf }, isItm(leg, side)));
      return html`<tr role="row" class=${shown} data-strike=${strike}>
        ${cells("call", columns)}
        <th role="rowheader" scope="row" class="strike">${markText(marks.get(strike))}${strikeText(strike)}${
          ageText(stored, data)}</th>
        ${cells("put", columns.toReversed())}</tr>`;
    })}`;
  });
}

/**
 * The stream's figures of a row. Beyond the edges of the ladder they are those of when the row
 * was drawn last, because most of the page's time would go into rows that nobody sees. Each load
 * of the panel draws all rows.
 */
function liveRow(strike: number, at: number, data: ChainData, { live }: Context): LiveRow {
  if (live === null) return undefined;
  if (drawn.data !== data) drawn = { data, rows: new Map() };
  const isSeen = at >= seen.first && at <= seen.last;
  if (isSeen || !drawn.rows.has(strike)) drawn.rows.set(strike, live.rows.get(strike));
  return drawn.rows.get(strike);
}

function drawCell(column: Column, cell: Cell, isInTheMoney: boolean): TemplateResult {
  const name = `${cell.leg} c-${column.name} ${isInTheMoney ? "itm" : ""}`;
  const text = column.text(cell);
  return column.exact
    ? html`<td role="cell" class=${name} .exact=${() => column.exact!(cell)}
      .style=${column.style?.(cell) ?? ""}>${text}</td>`
    : html`<td role="cell" class=${name}>${text}</td>`;
}

interface CellElement extends HTMLElement {
  exact?: () => string;
}

// A title that changes costs a look at all style rules, so a cell gets its title at the pointer.
function showExact({ target }: Event): void {
  const cell = target instanceof Element ? target.closest<CellElement>("td") : null;
  if (cell?.exact) cell.title = cell.exact();
}

const isItm = (leg: Leg, side: number): boolean => leg === "call" ? side < 0 : side > 0;

// What is beside a strike has a place of its own, which is a layer: most rows are without.
const markText = (marks: Mark[] | undefined): TemplateResult | typeof nothing => marks
  ? html`<span class="at-strike">${marks.map(({ letter, title }) =>
    html`<abbr title=${title}>${letter}</abbr>`)}</span>`
  : nothing;

/** The age of a row whose quote is old. */
function ageText(row: Row, data: ChainData): TemplateResult | typeof nothing {
  const seconds = (Date.parse(data.clock ?? "") - Date.parse(row["quote_time"])) / 1000;
  return seconds >= OLD_SECONDS
    ? html`<span class="row-age" title=${`quoted at ${row["quote_time"]}`}>${
      durationText(seconds)}</span>`
    : nothing;
}

// Another ladder begins at its top, and there is none in other views.
function begin(ladder: Element | undefined): void {
  box = ladder as HTMLElement | undefined;
  scrolledTo = "";
  seen = { first: 0, last: Infinity };
}

function look(): void {
  if (!box) return;
  const first = box.scrollTop / ROW_PX;
  const rows = box.clientHeight / ROW_PX - HEAD_ROWS;
  seen = { first: first - BEYOND, last: first + rows + BEYOND };
}

function scrolled(): void {
  look();
  last?.redraw();
}

function scrollToMoney(chain: string): void {
  if (!box || scrolledTo === chain) return;
  const row = box.querySelector<HTMLElement>("tr.atm") ?? box.querySelector<HTMLElement>("tr.above");
  if (!row) return;
  scrolledTo = chain;
  box.scrollTop = row.offsetTop - box.clientHeight / 2 + row.offsetHeight / 2;
  look();
}
