import { type TemplateResult, html } from "lit-html";

import type { Dashboard } from "./dashboard.js";

/** Why there is no chain to show, and what to do. */
export function noChain(page: Dashboard): TemplateResult {
  const { symbol: wanted, expiry } = page.state.now;
  if (page.symbol !== null && page.hasExpired) {
    return html`<p class="nothing">The expiry ${expiry} is not live. Choose another, or go back
      in time with the slider.</p>`;
  }
  return html`<p class="nothing">${wanted && page.bootstrap.symbols.length > 0
    ? `There is no symbol ${wanted} that your key may read.`
    : "No quotes are stored yet. They appear here as soon as they come."}</p>`;
}

/** A view's code could not be read: a newer pgstrike has other files. */
export const noCode = (): TemplateResult => html`<p class="nothing">The server does not send this
  view; perhaps it is a newer pgstrike now.
  <button @click=${() => location.reload()}>Load the page again</button></p>`;
