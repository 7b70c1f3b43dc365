/** The arithmetic of axes and labels, without a canvas. */

/** Round numbers that cover a range: at most `most` of them, 0 among them where it lies inside. */
export function ticksOf(least: number, largest: number, most: number): number[] {
  const raw = (largest - least) / Math.max(1, most - 1);
  if (!(raw > 0) || !Number.isFinite(raw)) return [];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= raw * 0.999)!;
  const ticks = [];
  for (let at = Math.ceil(least / step - 1e-9); at * step <= largest + step * 1e-9; at++) {
    ticks.push(Number((at * step).toPrecision(12)));
  }
  return ticks;
}

const MOST_DECIMALS = 6; // more than an axis has

/** The texts of ticks, with as many more decimals as tell each from the one before. */
export function tickTexts(
  ticks: readonly number[], tick: (value: number, more: number) => string,
): string[] {
  for (let more = 0; ; more++) {
    const texts = ticks.map((each) => tick(each, more));
    const isSame = (text: string, at: number) => text !== "" && text === texts[at - 1];
    if (!texts.some(isSame)) return texts;
    if (more === MOST_DECIMALS) return texts.map((text, at) => isSame(text, at) ? "" : text);
  }
}

/** Where a value lies between the neighbours of a list that rises: 1.5 is in the middle. */
export function placeOf(value: number, sorted: readonly number[]): number {
  const next = sorted.findIndex((each) => each >= value);
  if (next < 0) return sorted.length;
  if (sorted[next] === value) return next;
  if (next === 0) return -1;
  const before = sorted[next - 1]!;
  return next - 1 + (value - before) / (sorted[next]! - before);
}

/** The part of `count` places that fits, with `centre` in its middle as far as that goes. */
export function windowOf(count: number, fits: number, centre: number): [number, number] {
  const size = Math.max(1, Math.min(count, Math.floor(fits)));
  const first = Math.min(count - size, Math.max(0, Math.round(centre - size / 2)));
  return [first, first + size];
}

export interface Label {
  readonly x: number; // where it points to
  readonly width: number;
}

export interface Placed {
  readonly left: number;
  readonly row: number;
}

/**
 * Labels that cover no other, in few rows: each over its place, or beside it where the next one
 * is near. They stay between two edges.
 */
export function placeLabels(
  labels: readonly Label[], from: number, to: number, gap = 6,
): Placed[] {
  const rows: [left: number, right: number][][] = [];
  const placed: Placed[] = new Array(labels.length);
  const order = labels.map((_, at) => at).sort((a, b) => labels[a]!.x - labels[b]!.x);
  order.forEach((at, place) => {
    const { x, width } = labels[at]!;
    const next = labels[order[place + 1] ?? -1];
    const isCrowded = next !== undefined && next.x - x < (next.width + width) / 2 + gap;
    const [over, before, after] = [x - width / 2, x - width, x].map((left) =>
      Math.max(from, Math.min(to - width, left))) as [number, number, number];
    const lefts = isCrowded ? [before, after, over] : [over, after, before];
    for (let row = 0; ; row++) {
      const taken = rows[row] ??= [];
      const left = lefts.find((each) => taken.every(([start, end]) =>
        each + width + gap <= start || end + gap <= each));
      if (left === undefined) continue;
      taken.push([left, left + width]);
      placed[at] = { left, row };
      return;
    }
  });
  return placed;
}

/** The part of a list between the first and the last place where a figure counts. */
export function trimmed(
  lists: readonly (readonly (number | null)[])[], count: number, least = 0.004,
): [number, number] {
  const range = rangeOf(lists);
  if (range === null) return [0, count];
  const limit = least * Math.max(Math.abs(range[0]), Math.abs(range[1]));
  const counts = (at: number) => lists.some((list) => Math.abs(list[at] ?? 0) > limit);
  let [first, end] = [0, count];
  while (first < end && !counts(first)) first++;
  while (end > first && !counts(end - 1)) end--;
  return first < end ? [Math.max(0, first - 1), Math.min(count, end + 1)] : [0, count];
}

/** The places of a list whose labels stand: the roundest figures, none over another. */
export function roundPlaces(
  figures: readonly number[], xOf: (at: number) => number, width: number,
): number[] {
  const found: number[] = [];
  const gap = Math.min(...figures.slice(1).map((each, at) => each - figures[at]!));
  const steps = [100, 50, 40, 20, 10, 5, 4, 2, 1].map((each) => each * gap);
  for (const step of steps) {
    for (let at = 0; at < figures.length; at++) {
      const part = figures[at]! / step;
      if (Math.abs(part - Math.round(part)) > 1e-6) continue;
      if (found.every((other) => Math.abs(xOf(other) - xOf(at)) >= width)) found.push(at);
    }
  }
  return found;
}

/** Every so many of a list of places: the least that leaves each label its width. */
export function everyOf(place: number, width: number): number {
  const raw = Math.max(1, Math.ceil(width / place));
  return [1, 2, 4, 5, 10, 20, 25, 40, 50, 100].find((each) => each >= raw) ?? raw;
}

/** The range of what is known; null: nothing is. */
export function rangeOf(lists: Iterable<ArrayLike<number | null>>): [number, number] | null {
  let least = Infinity;
  let largest = -Infinity;
  for (const list of lists) {
    for (let at = 0; at < list.length; at++) {
      const value = list[at];
      if (value === null || value === undefined || Number.isNaN(value)) continue;
      if (value < least) least = value;
      if (value > largest) largest = value;
    }
  }
  return least <= largest ? [least, largest] : null;
}
