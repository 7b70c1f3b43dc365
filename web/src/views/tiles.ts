import { type TemplateResult, html } from "lit-html";

export interface Tile {
  readonly name: string;
  readonly figure: string;
  readonly note: string;
}

/** A few figures side by side. */
export const tiles = (found: readonly Tile[]): TemplateResult => html`<dl class="tiles">
  ${found.map(({ name, figure, note }) => html`<div class="tile">
    <dt>${name}</dt><dd>${figure}</dd><dd class="note">${note}</dd>
  </div>`)}
</dl>`;
