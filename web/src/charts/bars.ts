import { Canvas } from "./canvas.js";
import type { Chart } from "./chart.js";
import { Legend, type LegendItem } from "./legend.js";
import { type Mark, drawMarks, marksHeight } from "./marks.js";
import { placeOf, rangeOf, roundPlaces, tickTexts, ticksOf, trimmed, windowOf } from "./scale.js";

export interface BarGroup {
  readonly label: string;
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** What it was before, drawn as an outline. */
  readonly base?: readonly (number | null)[];
}

export interface BarsSpec {
  readonly strikes: readonly number[]; // rising; each has the same width
  readonly groups: readonly BarGroup[];
  /** Groups stand side by side, or on each other: what is below 0 downwards. */
  readonly place: "beside" | "stacked";
  /** What the groups come to, as a short line over each strike. */
  readonly total?: { readonly label: string; readonly values: readonly (number | null)[] };
  readonly base?: string; // the name of what the outlines are of
  readonly marks: readonly Mark[];
  readonly centre: number | null; // the strike in the middle, where not all fit
  readonly unit: string;
  tick(value: number, more: number): string; // with more decimals than usual
  write(value: number | null): string;
  writeStrike(strike: number): string;
  readonly colour: (name: string) => string;
  readonly summary: string;
}

const LEAST = { beside: 9, stacked: 6 }; // px of a strike
const BOTTOM = 20;
const RIGHT = 6;
const CAPTION = 16; // the unit, above the axis

/** Figures by strike: calls and puts now, and at the base as outlines. */
export class Bars implements Chart<BarsSpec> {
  readonly #canvas: Canvas;
  readonly #legend: Legend;
  #spec: BarsSpec | null = null;
  #first = 0; // of the strikes that fit
  #end = 0;
  #left = 0;
  #slot = 1;

  constructor(root: HTMLElement) {
    this.#legend = new Legend(root);
    this.#canvas = new Canvas(root, () => this.#drawAll(), (x) => this.#noteAt(x));
  }

  show(spec: BarsSpec): void {
    this.#spec = spec;
    this.#canvas.describe(spec.summary);
    this.#showLegend();
    this.#canvas.draw();
  }

  close(): void {
    this.#canvas.close();
    this.#legend.close();
  }

  #drawAll(): void {
    if (!this.#spec) return;
    this.#draw();
    this.#showLegend();
  }

  #draw(): void {
    const spec = this.#spec!;
    const { ink, width, height } = this.#canvas;
    if (spec.strikes.length === 0) return this.#drawNothing();
    this.#fit(64);
    const range = this.#range();
    if (range === null) return this.#drawNothing();
    const [least, largest] = range;
    const most = Math.max(2, Math.floor((height - BOTTOM) / 34));
    const ticks = ticksOf(least, largest, most);
    const texts = tickTexts(ticks, spec.tick);
    this.#fit(Math.ceil(Math.max(...texts.map((text) => ink.measureText(text).width))) + 10);
    const box = { left: this.#left, right: width - RIGHT, top: CAPTION, bottom: height - BOTTOM };
    const marked = marksHeight(ink, spec.marks, this.#xOf, box);
    const top = CAPTION + marked + 2;
    const yOf = (value: number) =>
      top + (largest - value) / (largest - least || 1) * (box.bottom - top);
    this.#drawGrid(ticks, texts, yOf, box.right);
    this.#drawStrikes(box.bottom);
    for (let at = this.#first; at < this.#end; at++) this.#drawStrike(at, yOf);
    drawMarks(ink, spec.marks, this.#xOf, box, spec.colour("panel"));
  }

  // The strikes that fit beside an axis of this width.
  #fit(left: number): void {
    const { strikes, centre, place } = this.#spec!;
    const room = this.#canvas.width - left - RIGHT;
    const [from, to] = trimmed(this.#lists(), strikes.length);
    const middle = centre === null ? (from + to) / 2 : placeOf(centre, strikes) + 0.5;
    const [first, end] = windowOf(to - from, room / LEAST[place], middle - from);
    [this.#first, this.#end] = [from + first, from + end];
    this.#left = left;
    this.#slot = room / (this.#end - this.#first);
  }

  #range(): [number, number] | null {
    const found = rangeOf(this.#lists().map((list) => list.slice(this.#first, this.#end)));
    if (found === null) return null;
    const [least, largest] = [Math.min(0, found[0]), Math.max(0, found[1])];
    const room = (largest - least) * 0.03;
    return least === largest ? [0, 1] : [least && least - room, largest && largest + room];
  }

  // All that is drawn at each strike; of a stack its two ends.
  #lists(): (number | null)[][] {
    const { groups, total, place, strikes } = this.#spec!;
    const lists = groups.flatMap(({ values, base }) => (base ? [[...values], [...base]] : [[...values]]));
    if (total) lists.push([...total.values]);
    if (place === "beside") return lists;
    const end = (sign: number) => strikes.map((_, at) => groups.reduce((sum, { values }) => {
      const value = values[at] ?? 0;
      return value * sign > 0 ? sum + value : sum;
    }, 0));
    return [...lists, end(1), end(-1)];
  }

  #showLegend(): void {
    const spec = this.#spec;
    if (!spec) return;
    const [shown, all] = [this.#end - this.#first, spec.strikes.length];
    const isPart = this.#canvas.width > 0 && shown < all;
    this.#legend.show(legendOf(spec), isPart ? `${shown} of ${all} strikes` : "");
  }

  // The place of a strike's middle, or of a level between two strikes.
  #xOf = (strike: number): number =>
    this.#left + (placeOf(strike, this.#spec!.strikes) - this.#first + 0.5) * this.#slot;

  #drawGrid(
    ticks: readonly number[], texts: readonly string[], yOf: (value: number) => number,
    right: number,
  ): void {
    const { ink } = this.#canvas;
    const { colour, unit } = this.#spec!;
    ink.textAlign = "right";
    ticks.forEach((tick, at) => {
      const y = Math.round(yOf(tick)) + 0.5;
      ink.strokeStyle = colour(tick === 0 ? "dim" : "grid");
      ink.beginPath();
      ink.moveTo(this.#left, y);
      ink.lineTo(right, y);
      ink.stroke();
      ink.fillStyle = colour("dim");
      ink.fillText(texts[at]!, this.#left - 6, y);
    });
    ink.textAlign = "left";
    ink.fillText(unit, 0, 7);
  }

  #drawStrikes(bottom: number): void {
    const { ink, width } = this.#canvas;
    const { strikes, writeStrike, colour } = this.#spec!;
    ink.fillStyle = colour("dim");
    ink.textAlign = "center";
    const shown = strikes.slice(this.#first, this.#end).map((strike) => writeStrike(strike));
    const wide = Math.max(...shown.map((text) => ink.measureText(text).width)) + 14;
    const xOf = (at: number) => this.#left + (at + 0.5) * this.#slot;
    for (const at of roundPlaces(strikes.slice(this.#first, this.#end), xOf, wide)) {
      const half = ink.measureText(shown[at]!).width / 2;
      if (xOf(at) + half <= width) ink.fillText(shown[at]!, xOf(at), bottom + 11);
    }
  }

  #drawStrike(at: number, yOf: (value: number) => number): void {
    const { ink } = this.#canvas;
    const { groups, place, total, colour } = this.#spec!;
    const left = this.#left + (at - this.#first) * this.#slot;
    const gap = this.#slot > 12 ? 2 : 1;
    const room = this.#slot - 2 * gap;
    const isStack = place === "stacked";
    const wide = isStack ? room : room / groups.length;
    const zero = yOf(0);
    const ends = [0, 0]; // of the stack: above 0, and below
    groups.forEach(({ values, base, colour: fill }, group) => {
      const x = left + gap + (isStack ? 0 : group * wide);
      const value = values[at] ?? null;
      ink.fillStyle = fill;
      if (value !== null) {
        const from = ends[value < 0 ? 1 : 0]!;
        if (isStack) ends[value < 0 ? 1 : 0] = from + value;
        bar(ink, x, wide, yOf(from), yOf(from + value));
        ink.fill();
      }
      const before = base?.[at] ?? null;
      if (before !== null && before !== 0) {
        ink.strokeStyle = colour("text");
        ink.globalAlpha = 0.75;
        ink.lineWidth = 1;
        bar(ink, x + 0.5, wide - 1, zero, Math.round(yOf(before)) + 0.5);
        ink.stroke();
        ink.globalAlpha = 1;
      }
    });
    const sum = total?.values[at] ?? null;
    if (sum === null) return;
    ink.fillStyle = colour("text");
    ink.fillRect(left, Math.round(yOf(sum)) - 1, this.#slot, 2);
  }

  #drawNothing(): void {
    const { ink, width, height } = this.#canvas;
    ink.fillStyle = this.#spec!.colour("dim");
    ink.textAlign = "center";
    ink.fillText("Nothing is known yet.", width / 2, height / 2);
  }

  #noteAt(x: number): string | null {
    const spec = this.#spec;
    if (!spec || x < this.#left || spec.strikes.length === 0) return null;
    const at = this.#first + Math.floor((x - this.#left) / this.#slot);
    if (at >= this.#end) return null;
    const lines = [`${spec.writeStrike(spec.strikes[at]!)}`];
    for (const { label, values, base } of spec.groups) {
      lines.push(`${label}  ${spec.write(values[at] ?? null)}`);
      if (base) lines.push(`  ${spec.base}  ${spec.write(base[at] ?? null)}`);
    }
    if (spec.total) lines.push(`${spec.total.label}  ${spec.write(spec.total.values[at] ?? null)}`);
    return lines.join("\n");
  }
}

function bar(
  ink: CanvasRenderingContext2D, x: number, wide: number, zero: number, y: number,
): void {
  ink.beginPath();
  ink.rect(x, Math.min(zero, y), Math.max(1, wide), Math.max(Math.abs(zero - y), 0.5));
}

function legendOf(spec: BarsSpec): LegendItem[] {
  const items: LegendItem[] = spec.groups.map(({ label, colour }) =>
    ({ label, colour, mark: "box" }));
  if (spec.base) items.push({ label: spec.base, colour: spec.colour("text"), mark: "outline" });
  if (spec.total) {
    items.push({ label: spec.total.label, colour: spec.colour("text"), mark: "line" });
  }
  return items;
}
