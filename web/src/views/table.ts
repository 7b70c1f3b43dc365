import { type TemplateResult, html } from "lit-html";

import type { Row } from "../api.js";

/** A column of a table: what its cells say. */
export interface Cell {
  readonly title: string;
  readonly kind?: "text" | "number" | "number minor" | "minor"; // minor: dropped on a phone
  text(row: Row): string | TemplateResult;
}

/** Rows as a table, or a sentence where there are none. */
export function table(
  rows: readonly Row[], cells: readonly Cell[], none: string, caption: string,
): TemplateResult {
  if (rows.length === 0) return html`<p class="nothing">${none}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table class="rows">
      <thead><tr>${cells.map(({ title, kind }) =>
        html`<th scope="col" class=${kind ?? "text"}>${title}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr>${cells.map(({ kind, text }) =>
        html`<td class=${kind ?? "text"}>${text(row)}</td>`)}</tr>`)}</tbody>
    </table>
  </div>`;
}
