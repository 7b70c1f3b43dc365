import { noChange } from "lit-html";
import { AsyncDirective, directive } from "lit-html/async-directive.js";
import type { ElementPart } from "lit-html/directive.js";

/** A drawing that lives in an element, and follows its size. */
export interface Chart<S> {
  /** Show this from now on; nothing is made again where only figures changed. */
  show(spec: S): void;
  close(): void;
}

type Made<S> = new (root: HTMLElement) => Chart<S>;

// Keeps the chart of an element between two renderings, and ends it with the element.
class Kept extends AsyncDirective {
  #chart: Chart<unknown> | null = null;
  #root: HTMLElement | null = null;
  #made: Made<unknown> | null = null;
  #spec: unknown;

  override render(_made: unknown, _spec: unknown): unknown {
    return noChange;
  }

  override update(part: ElementPart, [made, spec]: [Made<unknown>, unknown]): unknown {
    this.#root = part.element as HTMLElement;
    this.#made = made;
    this.#spec = spec;
    this.#chart ??= new made(this.#root);
    this.#chart.show(spec);
    return noChange;
  }

  override disconnected(): void {
    this.#chart?.close();
    this.#chart = null;
  }

  override reconnected(): void {
    if (!this.#root || !this.#made) return;
    this.#chart = new this.#made(this.#root);
    this.#chart.show(this.#spec);
  }
}

const kept = directive(Kept);

/** In the tag of an element: html`<div class="chart" ${chart(Line, spec)}></div>`. */
export const chart = <S>(made: Made<S>, spec: S): unknown =>
  kept(made as Made<unknown>, spec);
