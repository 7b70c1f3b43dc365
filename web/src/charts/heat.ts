import { Canvas, hatch } from "./canvas.js";
import type { Chart } from "./chart.js";
import { everyOf, rangeOf } from "./scale.js";

export interface HeatSpec {
  readonly columns: readonly string[]; // from left to right
  readonly rows: readonly string[]; // from the bottom up
  /** By row, then by column; null: unknown. */
  readonly cells: readonly (readonly (number | null)[])[];
  /** The colour of what is above 0, and of what is below. */
  readonly above: string;
  readonly below: string;
  /** The range of the colours: around 0, or from the least to the largest. */
  readonly range: "around" | "between";
  /** A line over the map: where it is in rows, at each column. */
  readonly path?: { readonly label: string; readonly places: readonly (number | null)[] };
  readonly unit: string;
  write(value: number | null): string;
  /** Write the figures into their cells, where they fit. */
  readonly isWritten?: boolean;
  readonly colour: (name: string) => string;
  readonly summary: string;
}

const TOP = 24; // the legend
const BOTTOM = 20;
const SCALE = 120; // px of the legend's colours
const LEAST = 0.04; // of the colour: 0 is paper

/** A map of figures: strike by time, expiry by delta. What is unknown is hatched. */
export class Heat implements Chart<HeatSpec> {
  readonly #canvas: Canvas;
  #spec: HeatSpec | null = null;
  #left = 0;
  #wide = 1; // a cell
  #high = 1;

  constructor(root: HTMLElement) {
    this.#canvas = new Canvas(root, () => this.#draw(), (x, y) => this.#noteAt(x, y));
  }

  show(spec: HeatSpec): void {
    this.#spec = spec;
    this.#canvas.describe(spec.summary);
    this.#canvas.draw();
  }

  close(): void {
    this.#canvas.close();
  }

  #draw(): void {
    const { ink, width, height } = this.#canvas;
    const spec = this.#spec!;
    const range = rangeOf(spec.cells);
    if (range === null) {
      ink.fillStyle = spec.colour("dim");
      ink.textAlign = "center";
      ink.fillText("Nothing is known yet.", width / 2, height / 2);
      return;
    }
    const [least, largest] = spec.range === "between" ? range : aroundZero(range);
    this.#left = Math.ceil(Math.max(...spec.rows.map((row) => ink.measureText(row).width))) + 8;
    this.#wide = (width - this.#left - 1) / spec.columns.length;
    this.#high = (height - TOP - BOTTOM) / spec.rows.length;
    const shade = (value: number) => this.#shade(value, least, largest);
    this.#drawCells(shade);
    this.#drawAxes();
    this.#drawPath();
    this.#drawLegend(least, largest, shade);
  }

  // The colour of a figure, laid over paper: how strong, and which.
  #shade(value: number, least: number, largest: number): [string, number] {
    const { above, below, range } = this.#spec!;
    if (range === "between") {
      return [above, 0.08 + 0.87 * (value - least) / (largest - least || 1)];
    }
    const part = Math.abs(value) / (largest || 1);
    return [value < 0 ? below : above, value === 0 ? LEAST : 0.06 + 0.9 * Math.sqrt(part)];
  }

  #drawCells(shade: (value: number) => [string, number]): void {
    const { ink, width, height } = this.#canvas;
    const { cells, colour, isWritten, write } = this.#spec!;
    ink.fillStyle = hatch(ink, colour("hatch"));
    ink.fillRect(this.#left, TOP, width - this.#left - 1, height - TOP - BOTTOM);
    const paper = colour("panel");
    cells.forEach((row, at) => row.forEach((value, column) => {
      if (value === null) return;
      const [x, y, wide, high] = this.#cell(column, at);
      ink.fillStyle = paper;
      ink.fillRect(x, y, wide, high);
      [ink.fillStyle, ink.globalAlpha] = shade(value);
      ink.fillRect(x, y, wide, high);
      ink.globalAlpha = 1;
      if (!isWritten || high < 13) return;
      const text = write(value);
      if (ink.measureText(text).width + 4 > wide) return;
      ink.textAlign = "center";
      ink.fillStyle = colour("text");
      ink.fillText(text, x + wide / 2, y + high / 2 + 0.5);
    }));
  }

  // Whole pixels, so that no line shows between two cells.
  #cell(column: number, row: number): [number, number, number, number] {
    const rows = this.#spec!.rows.length;
    const x = Math.round(this.#left + column * this.#wide);
    const y = Math.round(TOP + (rows - 1 - row) * this.#high);
    const right = Math.round(this.#left + (column + 1) * this.#wide);
    const bottom = Math.round(TOP + (rows - row) * this.#high);
    return [x, y, right - x, bottom - y];
  }

  #drawAxes(): void {
    const { ink, width, height } = this.#canvas;
    const { rows, columns, colour } = this.#spec!;
    ink.fillStyle = colour("dim");
    ink.textAlign = "right";
    const everyRow = everyOf(this.#high, 15);
    rows.forEach((row, at) => {
      const y = TOP + (rows.length - at - 0.5) * this.#high;
      if (at % everyRow === 0) ink.fillText(row, this.#left - 5, y);
    });
    ink.textAlign = "center";
    const wide = Math.max(...columns.map((column) => ink.measureText(column).width)) + 14;
    const every = everyOf(this.#wide, wide);
    columns.forEach((column, at) => {
      const x = this.#left + (at + 0.5) * this.#wide;
      const half = ink.measureText(column).width / 2;
      if (at % every !== 0 || x + half > width) return;
      ink.fillText(column, Math.max(x, half), height - BOTTOM + 11);
    });
  }

  #drawPath(): void {
    const { ink } = this.#canvas;
    const { path, rows, colour } = this.#spec!;
    if (!path) return;
    const draw = (): void => {
      let isDown = false;
      ink.beginPath();
      path.places.forEach((place, column) => {
        const isOn = place !== null && place >= 0 && place <= rows.length - 1;
        if (isOn) {
          const x = this.#left + (column + 0.5) * this.#wide;
          const y = TOP + (rows.length - 0.5 - place) * this.#high;
          if (isDown) ink.lineTo(x, y);
          else ink.moveTo(x, y);
        }
        isDown = isOn;
      });
      ink.stroke();
    };
    ink.lineJoin = "round";
    [ink.strokeStyle, ink.lineWidth] = [colour("panel"), 4];
    draw();
    [ink.strokeStyle, ink.lineWidth] = [colour("text"), 1.75];
    draw();
  }

  #drawLegend(
    least: number, largest: number, shade: (value: number) => [string, number],
  ): void {
    const { ink } = this.#canvas;
    const { unit, write, colour, path } = this.#spec!;
    ink.textAlign = "left";
    ink.fillStyle = colour("dim");
    const low = write(least);
    let x = 0;
    const say = (text: string) => {
      ink.fillStyle = colour("dim");
      ink.fillText(text, x, 9);
      x += ink.measureText(text).width + 6;
    };
    say(low);
    for (let at = 0; at < SCALE; at++) {
      [ink.fillStyle, ink.globalAlpha] = shade(least + (largest - least) * at / (SCALE - 1));
      ink.fillRect(x + at, 3, 1, 11);
    }
    ink.globalAlpha = 1;
    x += SCALE + 6;
    say(`${write(largest)} ${unit}`);
    if (path) say(`  ━ ${path.label}`);
  }

  #noteAt(x: number, y: number): string | null {
    const spec = this.#spec;
    if (!spec || x < this.#left || y < TOP) return null;
    const column = Math.floor((x - this.#left) / this.#wide);
    const row = spec.rows.length - 1 - Math.floor((y - TOP) / this.#high);
    const cells = spec.cells[row];
    if (!cells || column >= spec.columns.length) return null;
    const value = cells[column] ?? null;
    const text = value === null ? "unknown" : `${spec.write(value)} ${spec.unit}`;
    return `${spec.rows[row]}  ${spec.columns[column]}\n${text}`;
  }
}

function aroundZero([least, largest]: [number, number]): [number, number] {
  const most = Math.max(Math.abs(least), Math.abs(largest));
  return [-most, most];
}
