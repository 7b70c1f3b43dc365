import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./load.mjs";

const { placeLabels, placeOf, roundPlaces, tickTexts, ticksOf, trimmed, windowOf } =
  await load("charts/scale.ts");
const { ivText, pointsText, ratioText, strikeText, tickText } = await load("numbers.ts");
const { timesOf, valuesOf } = await load("charts/series.ts");

const minutes = (...at) => at.map((minute) => new Date(minute * 60_000).toISOString());

test("ticks are round and inside the range", () => {
  assert.deepEqual(ticksOf(0, 2.1e5, 5), [0, 1e5, 2e5]);
  assert.deepEqual(ticksOf(-0.3, 0.3, 4), [-0.2, 0, 0.2]);
  assert.deepEqual(ticksOf(5, 5, 4), []);
});

test("no two neighbours of an axis are the same", () => {
  const crores = (value, more) => tickText(value, "indian", more);
  assert.deepEqual(tickTexts([12_345_000, 12_346_000], crores), ["1.2345 Cr", "1.2346 Cr"]);
  assert.deepEqual(tickTexts([0, 5e7, 1e8], crores), ["0", "5 Cr", "10 Cr"]);
  assert.deepEqual(tickTexts([0.1241, 0.1242], ivText), ["12.41", "12.42"]);
  assert.deepEqual(tickTexts([0, 0.25, 0.5], (value, more) => pointsText(value, "indian", more)),
    ["0", "0.25", "0.5"]);
  const all = [
    crores, ivText, strikeText, (value, more) => ratioText(value, 2 + more),
    (value, more) => tickText(value, "plain", more), (value, more) => pointsText(value, "plain", more),
  ];
  for (const middle of [0, 0.9512, 24_500.05, 9_999_999, 1.2e12]) {
    for (const span of [1e-4, 3e-3, 0.07, 1, 900, 1e5, 1e13]) {
      const ticks = ticksOf(middle - span, middle + span, 6);
      for (const tick of all) {
        const texts = tickTexts(ticks, tick);
        assert.ok(texts.every((text, at) => text === "" || text !== texts[at - 1]), texts.join());
      }
    }
  }
});

test("an axis whose ticks are too near each other writes one of them", () => {
  assert.deepEqual(tickTexts([1, 1 + 1e-12], (value, more) => value.toFixed(more)),
    ["1.000000", ""]);
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
