import { type TemplateResult, html } from "lit-html";

import type { Row } from "../api.js";
import { DASH } from "../numbers.js";

/** A column of a table: what its cells say. */
export interface Cell {
  readonly title: string;
  readonly kind?: "text" | "number" | "number minor" | "minor"; // minor: dropped on a phone
  text(row: Row): string | TemplateResult;
}

/**
 * Rows as a table, or a sentence where there are none. On a phone a row that `stacks` is a list
 * of its cells with their titles. The roles say that it is a table still. A column of which
 * nothing is known is left out.
 */
export function table(
  rows: readonly Row[], cells: readonly Cell[], none: string, caption: string, stacks = false,
): TemplateResult {
  if (rows.length === 0) return html`<p class="nothing">${none}</p>`;
  const known = cells.filter(({ text }) => rows.some((row) => text(row) !== DASH));
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table class=${stacks ? "rows stacks" : "rows"} role="table">
      <thead role="rowgroup"><tr role="row">${known.map(({ title, kind }) =>
        html`<th role="columnheader" scope="col" class=${kind ?? "text"}>${title}</th>`)}</tr></thead>
      <tbody role="rowgroup">${rows.map((row) => html`<tr role="row">${known.map(
        ({ title, kind, text }) => html`<td role="cell" class=${kind ?? "text"}
          data-title=${title}>${text(row)}</td>`)}</tr>`)}</tbody>
    </table>
  </div>`;
}
