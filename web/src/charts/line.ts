import uPlot from "uplot";

import { dayText, minuteText } from "../time.js";
import { FONT, hatch } from "./canvas.js";
import type { Chart } from "./chart.js";
import { Legend, type LegendItem } from "./legend.js";
import { type Mark, drawMarks, marksHeight } from "./marks.js";
import { tickTexts } from "./scale.js";

/** A figure over time, or over another number. Unknown is null, and no line crosses it. */
export interface LineSeries {
  readonly label: string; // "": not in the legend
  readonly values: readonly (number | null)[];
  readonly colour: string;
  readonly draw?: "line" | "dashes" | "dots" | "rings"; // a line
  readonly isDotted?: boolean; // a dot at each figure of a line
  readonly axis?: "left" | "right"; // the left one
  /** How it is written in full, above the chart. */
  write(value: number): string;
}

export interface Axis {
  readonly label: string; // the unit
  tick(value: number, more: number): string; // with more decimals than usual
}

export interface LineSpec {
  /** A time is in seconds since 1970, and shown in the exchange's zone. */
  readonly over: { readonly zone: string } | (Axis & { write(value: number): string });
  readonly x: readonly number[];
  readonly series: readonly LineSeries[];
  readonly left: Axis;
  readonly right?: Axis;
  readonly marks?: readonly Mark[]; // places on the x axis
  readonly colour: (name: string) => string;
  readonly summary: string; // for who does not see it
}

// Of the time axis, in seconds: a minute at least, because its labels say no seconds.
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3600),
  ...[1, 2, 7, 14, 28, 91, 365].map((days) => days * 86_400),
];
const EMPTY = "Nothing is known yet.";
const TOGETHER = "pgstrike"; // the pointer of all charts over time is at one instant

/** The one wrapper around uPlot: lines whose figures change without a new chart. */
export class Line implements Chart<LineSpec> {
  readonly #root: HTMLElement;
  readonly #legend: Legend;
  readonly #empty = document.createElement("p");
  readonly #sizes: ResizeObserver;
  #spec: LineSpec | null = null;
  #plot: uPlot | null = null;
  #shape = "";
  #isZoomed = false;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#legend = new Legend(root);
    this.#empty.className = "empty";
    this.#empty.textContent = EMPTY;
    root.append(this.#empty);
    root.setAttribute("role", "img");
    this.#sizes = new ResizeObserver(() => this.#resize());
    this.#sizes.observe(root);
  }

  show(spec: LineSpec): void {
    this.#spec = spec;
    this.#root.ariaLabel = spec.summary;
    this.#empty.hidden = spec.series.some(({ values }) => values.some((each) => each !== null));
    this.#drawLegend();
    if (this.#root.clientWidth === 0) return; // a size comes with the element's first layout
    const shape = shapeOf(spec);
    if (this.#plot && shape === this.#shape) {
      this.#plot.setData(dataOf(spec), !this.#isZoomed);
      if (this.#isZoomed) this.#plot.redraw();
    } else {
      this.#plot?.destroy();
      this.#shape = shape;
      this.#plot = this.#make(spec);
    }
  }

  close(): void {
    this.#sizes.disconnect();
    this.#plot?.destroy();
    this.#plot = null;
    this.#legend.close();
    this.#empty.remove();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#root;
    if (width === 0 || height === 0 || !this.#spec) return;
    if (this.#plot) this.#plot.setSize({ width, height });
    else this.show(this.#spec);
  }

  #make(spec: LineSpec): uPlot {
    const { clientWidth: width, clientHeight: height } = this.#root;
    const isTime = "zone" in spec.over;
    this.#isZoomed = false;
    const options: uPlot.Options = {
      width, height,
      ms: 1e-3,
      padding: [10, spec.right ? 0 : 28, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 6 },
        drag: { x: true, y: false, dist: 8 },
        ...(isTime ? { sync: { key: TOGETHER, setSeries: false } } : {}),
        bind: { dblclick: (_plot, _over, handler) => (event) => {
          this.#isZoomed = false;
          return handler(event);
        } },
      },
      scales: {
        x: { time: isTime, ...(isTime ? {} : { range: widened }) },
        left: { range: padded },
        ...(spec.right ? { right: { range: padded } } : {}),
      },
      axes: this.#axes(spec),
      series: [{}, ...spec.series.map((series) => lineOf(series, spec.colour("panel")))],
      hooks: {
        setSelect: [({ select }) => { if (select.width > 0) this.#isZoomed = true; }],
        setCursor: [() => this.#drawLegend()],
        drawClear: [(plot) => this.#drawHoles(plot)],
        draw: [(plot) => this.#drawMarks(plot)],
      },
    };
    if ("zone" in spec.over) {
      const { zone } = spec.over;
      options.tzDate = (time) => uPlot.tzDate(new Date(time * 1000), zone);
    }
    return new uPlot(options, dataOf(spec), this.#root);
  }

  #axes(spec: LineSpec): uPlot.Axis[] {
    const look = {
      stroke: spec.colour("dim"),
      font: FONT,
      grid: { stroke: spec.colour("grid"), width: 1 },
      ticks: { stroke: spec.colour("grid"), width: 1, size: 4 },
      labelFont: FONT,
      gap: 4,
    };
    const { over } = spec;
    const x: uPlot.Axis = "zone" in over
      ? { ...look, size: 26, space: 64, incrs: STEPS, values: (_plot, times) => timeTexts(times, over.zone) }
      : {
        ...look, size: 26, space: 56, label: over.label, labelSize: 15,
        values: (_plot, values) => tickTexts(values, over.tick),
      };
    const ofScale = (scale: string, side: number, axis: Axis): uPlot.Axis => ({
      ...look, scale, side, label: axis.label, labelSize: 16, labelGap: 0, space: 32,
      ...(side === 1 ? { grid: { show: false } } : {}),
      size: (plot, texts) => sizeOf(plot, texts),
      values: (_plot, values) => tickTexts(values, axis.tick),
    });
    const axes = [x, ofScale("left", 3, spec.left)];
    if (spec.right) axes.push(ofScale("right", 1, spec.right));
    return axes;
  }

  #drawLegend(): void {
    const spec = this.#spec;
    if (!spec) return;
    const at = this.#plot?.cursor.idx ?? null;
    const isTime = "zone" in spec.over;
    const items = spec.series.filter(({ label }) => label !== "").map((series): LegendItem => {
      const value = at === null ? newestOf(series.values) : series.values[at] ?? null;
      const drawn = series.draw ?? "line";
      const mark = drawn === "dots" ? "dot" : drawn === "rings" ? "ring" : drawn;
      return {
        label: series.label, colour: series.colour, mark,
        // Without a pointer only time has a figure that stands for all.
        value: at === null && !isTime ? "" : value === null ? "–" : series.write(value),
      };
    });
    this.#legend.show(items, at !== null ? this.#writeX(spec, spec.x[at]) : isTime ? "newest" : "");
  }

  #writeX({ over, x: times }: LineSpec, x: number | undefined): string {
    if (x === undefined) return "";
    return "zone" in over ? timeTexts([x], over.zone, isLong(times), " ")[0]! : over.write(x);
  }

  // Where no series is known, nothing came.
  #drawHoles(plot: uPlot): void {
    const spec = this.#spec;
    if (!spec || !("zone" in spec.over)) return;
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = hatch(ctx, spec.colour("hatch"));
    const isHole = (at: number) => spec.series.every(({ values }) => values[at] === null);
    for (let at = 1; at < spec.x.length - 1; at++) {
      if (!isHole(at)) continue;
      const from = plot.valToPos(spec.x[at - 1]!, "x", true);
      while (at < spec.x.length - 2 && isHole(at + 1)) at++;
      ctx.fillRect(from, bbox.top, plot.valToPos(spec.x[at + 1]!, "x", true) - from, bbox.height);
    }
    ctx.restore();
  }

  #drawMarks(plot: uPlot): void {
    const spec = this.#spec;
    if (!spec?.marks?.length) return;
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    const box = {
      left: bbox.left / ratio, right: (bbox.left + bbox.width) / ratio,
      top: bbox.top / ratio, bottom: (bbox.top + bbox.height) / ratio,
    };
    const xOf = (value: number) => plot.valToPos(value, "x", true) / ratio;
    ctx.save();
    ctx.scale(ratio, ratio);
    ctx.font = FONT;
    if (marksHeight(ctx, spec.marks, xOf, box) < box.bottom - box.top) {
      drawMarks(ctx, spec.marks, xOf, box, spec.colour("panel"));
    }
    ctx.restore();
  }
}

/** What a chart is made anew for; all else is changed in place. */
function shapeOf(spec: LineSpec): string {
  return JSON.stringify([
    spec.over, spec.left.label, spec.right?.label, spec.colour("text"), spec.left.tick(12_345_678, 0),
    spec.series.map(({ label, colour, draw, axis }) => [label, colour, draw, axis]),
  ]);
}

const dataOf = (spec: LineSpec): uPlot.AlignedData =>
  [spec.x, ...spec.series.map(({ values }) => values)] as uPlot.AlignedData;

function lineOf(
  { label, colour, draw, axis, isDotted }: LineSeries, paper: string,
): uPlot.Series {
  const series: uPlot.Series = { label, scale: axis ?? "left", stroke: colour, width: 1.75 };
  if (isDotted) series.points = { show: true, size: 6, fill: colour };
  if (draw === "dashes") series.dash = [5, 4];
  if (draw === "dots" || draw === "rings") {
    const fill = draw === "dots" ? colour : paper;
    return { ...series, paths: () => null, points: { show: true, size: 6, width: 1.5, fill } };
  }
  return series;
}

// Room above and below; a flat line has some too.
function padded(_plot: uPlot, least: number, largest: number): uPlot.Range.MinMax {
  if (least === null || largest === null) return [0, 1];
  const room = (largest - least) * 0.07 || Math.abs(largest) * 0.02 || 1;
  return [least >= 0 && least - room < 0 ? 0 : least - room, largest + room];
}

function widened(_plot: uPlot, least: number, largest: number): uPlot.Range.MinMax {
  const room = (largest - least) * 0.02 || 1;
  return [least - room, largest + room];
}

function sizeOf(plot: uPlot, texts: readonly string[] | null): number {
  if (!texts?.length) return 40;
  plot.ctx.save();
  plot.ctx.font = FONT;
  const width = Math.max(...texts.map((text) => plot.ctx.measureText(text).width));
  plot.ctx.restore();
  return Math.ceil(width) + 10;
}

const isLong = (times: readonly number[]): boolean =>
  times.length > 1 && times.at(-1)! - times[0]! > 86_400;

/** 11:30; where a day begins, the day too. */
function timeTexts(
  times: readonly number[], zone: string, hasDays = isLong(times), between = "\n",
): string[] {
  let before = "";
  return times.map((time) => {
    const minute = minuteText(time * 1000, zone);
    const day = dayText(new Date(time * 1000).toISOString(), zone);
    const isNew = hasDays && day !== before;
    before = day;
    return !isNew ? minute : minute === "00:00" ? day : `${minute}${between}${day}`;
  });
}

function newestOf(values: readonly (number | null)[]): number | null {
  for (let at = values.length - 1; at >= 0; at--) {
    const value = values[at];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
