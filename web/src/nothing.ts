import { type TemplateResult, html } from "lit-html";

import type { Dashboard } from "./dashboard.js";
import { lastOf } from "./expiries.js";
import { dateText } from "./time.js";

const NEAREST = 3;

/** Why there is no chain to show, and what to do. */
export function noChain(page: Dashboard): TemplateResult {
  const { symbol } = page.state.now;
  switch (page.lack) {
    case "symbol":
      return said(html`There is no symbol ${symbol} that your key may read.`, symbols(page));
    case "its quotes":
      return said(html`${symbol} has no quotes yet. They appear here as soon as they come.`,
        symbols(page));
    case "expiry": return noExpiry(page);
    case "look": return html`<p class="loading">loading …</p>`;
    default:
      return said(html`No quotes are stored yet. They appear here as soon as they come.`);
  }
}

function noExpiry(page: Dashboard): TemplateResult {
  const { filled: { symbol, expiry, at }, symbol: facts } = page;
  if (expiry === "") return said(html`${symbol} has no live expiry. Go back in time with the slider.`);
  const date = dateText(expiry);
  if (at !== null) {
    const then = page.past.at(symbol, at) ?? [];
    return said(html`${symbol} had no expiry ${date} at this time.`, expiries(page, then));
  }
  const live = expiries(page, facts!.expiries.map((each) => each.expiry));
  const last = lastOf(facts!, expiry);
  if (last === null) return said(html`${symbol} has no expiry ${date}.`, live);
  return page.past.has(symbol, expiry)
    ? said(html`The expiry ${date} has expired.`, [
      offer("its last figures", () => page.state.set({ at: last })), ...live,
    ])
    : said(html`The expiry ${date} has expired, or ${symbol} never had it.`, live);
}

const said = (why: TemplateResult, offers: readonly TemplateResult[] = []): TemplateResult =>
  html`<p class="nothing" role="status">${why} ${offers}</p>`;

const offer = (text: string, take: () => void): TemplateResult =>
  html`<button @click=${take}>${text}</button> `;

const symbols = ({ bootstrap, state }: Dashboard): TemplateResult[] =>
  bootstrap.symbols.map(({ symbol }) =>
    offer(symbol, () => state.set({ symbol, expiry: "" })));

/** The nearest ones of those that there are. */
function expiries({ state, filled }: Dashboard, there: readonly string[]): TemplateResult[] {
  const far = (expiry: string) => Math.abs(Date.parse(expiry) - Date.parse(filled.expiry));
  return there.filter((each) => each !== filled.expiry).sort((one, other) => far(one) - far(other)).slice(0, NEAREST)
    .map((expiry) => offer(dateText(expiry), () => state.set({ expiry })));
}

/** A view's code could not be read: a newer pgstrike has other files. */
export const noCode = (): TemplateResult => html`<p class="nothing">The server does not send this
  view; perhaps it is a newer pgstrike now.
  <button @click=${() => location.reload()}>Load the page again</button></p>`;
