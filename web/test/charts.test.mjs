import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./load.mjs";

const { placeLabels, placeOf, roundPlaces, ticksOf, trimmed, windowOf } =
  await load("charts/scale.ts");
const { timesOf, valuesOf } = await load("charts/series.ts");

const minutes = (...at) => at.map((minute) => new Date(minute * 60_000).toISOString());

test("ticks are round and inside the range", () => {
  assert.deepEqual(ticksOf(0, 2.1e5, 5), [0, 1e5, 2e5]);
  assert.deepEqual(ticksOf(-0.3, 0.3, 4), [-0.2, 0, 0.2]);
  assert.deepEqual(ticksOf(5, 5, 4), []);
});

test("a level between two strikes lies between their bars", () => {
  assert.equal(placeOf(24_525, [24_450, 24_500, 24_550]), 1.5);
  assert.equal(placeOf(24_500, [24_450, 24_500]), 1);
  assert.equal(placeOf(1, [24_450, 24_500]), -1);
  assert.equal(placeOf(99_999, [24_450, 24_500]), 2);
});

test("the strikes that fit are around the money, and never outside the ladder", () => {
  assert.deepEqual(windowOf(100, 20, 50), [40, 60]);
  assert.deepEqual(windowOf(100, 20, 2), [0, 20]);
  assert.deepEqual(windowOf(100, 20, 99), [80, 100]);
  assert.deepEqual(windowOf(5, 20, 2), [0, 5]);
});

test("no label covers another, and all stay inside", () => {
  const labels = [304, 310, 316, 337, 330, 20].map((x) => ({ x, width: 75 }));
  const placed = placeLabels(labels, 0, 400);
  placed.forEach(({ left, row }, at) => {
    assert.ok(left >= 0 && left + 75 <= 400);
    placed.slice(at + 1).forEach((other) => {
      assert.ok(row !== other.row || Math.abs(left - other.left) >= 75);
    });
  });
});

test("edges without figures are cut, a hole between figures is not", () => {
  const values = [0, 0, null, 1, 0, 0, 900, 3, 0, 0, 0];
  assert.deepEqual(trimmed([values], values.length), [5, 8]);
  assert.deepEqual(trimmed([[500, 0, 0, 900]], 4), [0, 4]);
  assert.deepEqual(trimmed([[null, null]], 2), [0, 2]);
});

test("round strikes have the labels", () => {
  const strikes = Array.from({ length: 21 }, (_, at) => 24_050 + 50 * at);
  const found = roundPlaces(strikes, (at) => at * 10, 100).map((at) => strikes[at]);
  assert.ok(found.includes(25_000) && found.length <= 3);
});

test("a hole in the feed is a gap; a pace slower than a bucket is none", () => {
  const rows = [0, 1, 2, 4, 24, 25];
  const { times, places } = timesOf(minutes(...rows), "1min", 65);
  assert.deepEqual(places, [0, 1, 2, 3, -1, -1, 4, 5]);
  assert.deepEqual(times.slice(4, 6), [5 * 60, 23 * 60]);
  const values = valuesOf({ times, places }, rows, (row) => row);
  assert.deepEqual(values, [0, 1, 2, 4, null, null, 24, 25]);
  // A feed that ticks each second has a hole at each minute without a quote.
  assert.deepEqual(timesOf(minutes(0, 2), "1min", 1).places, [0, -1, -1, 1]);
});

test("unknown is no point, and 0 is one", () => {
  const times = timesOf(minutes(0, 1, 2), "1min", 60);
  const values = valuesOf(times, [{ x: 0 }, { x: null }, {}], ({ x }) => x);
  assert.deepEqual(values, [0, null, null]);
});

test("nights and weekends between hours and days are no holes", () => {
  assert.deepEqual(timesOf(minutes(0, 4000), "1d", 60).places, [0, 1]);
});
