export interface LegendItem {
  readonly label: string;
  readonly colour: string;
  readonly mark: "line" | "dashes" | "box" | "outline" | "dot" | "ring";
  /** The figure at the pointer, or the newest one. */
  readonly value?: string;
}

/** What the marks of a chart mean, with a figure each, above it. */
export class Legend {
  readonly #list = document.createElement("ul");
  readonly #lead = document.createElement("li"); // what the figures are of: a time, a strike
  #items: { item: HTMLElement; swatch: HTMLElement; label: HTMLElement; value: HTMLElement }[] = [];

  constructor(root: HTMLElement) {
    this.#list.className = "legend";
    this.#lead.className = "lead";
    this.#list.append(this.#lead);
    root.before(this.#list);
  }

  show(items: readonly LegendItem[], lead = ""): void {
    if (this.#items.length !== items.length) this.#make(items.length);
    write(this.#lead, lead);
    this.#lead.hidden = lead === "";
    items.forEach(({ label, colour, mark, value }, at) => {
      const drawn = this.#items[at]!;
      drawn.swatch.className = `swatch is-${mark}`;
      if (drawn.swatch.style.color !== colour) drawn.swatch.style.color = colour;
      write(drawn.label, label);
      write(drawn.value, value ?? "");
      drawn.value.hidden = value === undefined;
    });
  }

  close(): void {
    this.#list.remove();
  }

  #make(count: number): void {
    for (const { item } of this.#items) item.remove();
    this.#items = Array.from({ length: count }, () => {
      const [item, swatch, label, value] = ["li", "i", "span", "b"].map((name) =>
        document.createElement(name)) as [HTMLElement, HTMLElement, HTMLElement, HTMLElement];
      item.append(swatch, label, value);
      this.#list.append(item);
      return { item, swatch, label, value };
    });
  }
}

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
