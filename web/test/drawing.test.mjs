import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./load.mjs";

const { Drawing } = await load("drawing.ts");
const { Sleep } = await load("sleep.ts");

/** A page whose drawings take so long; frames come at once. Gives the times at which it drew. */
function drawing(t, took) {
  let now = 1000;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(performance, "now", () => now);
  globalThis.requestAnimationFrame = (draw) => setTimeout(draw, 0);
  t.after(() => { delete globalThis.requestAnimationFrame; });
  const times = [];
  const ended = new AbortController();
  const drawn = new Drawing(() => {
    times.push(now);
    now += took;
  }, ended.signal);
  const pass = (ms) => {
    for (let each = 0; each < ms; each += 1) {
      now += 1;
      t.mock.timers.tick(1);
    }
  };
  return { drawn, ended, times, pass };
}

const gaps = (times) => times.slice(1).map((time, at) => time - times[at]);

test("the stream's figures are drawn as they come where drawing is quick", (t) => {
  const { drawn, times, pass } = drawing(t, 4);
  for (let update = 0; update < 10; update += 1) {
    drawn.live();
    pass(200);
  }
  assert.equal(times.length, 10);
});

test("where drawing is slow the page rests between two drawings, half a second at most", (t) => {
  for (const [took, least, most] of [[30, 360, 500], [300, 500, 900]]) {
    const { drawn, times, pass } = drawing(t, took);
    for (let update = 0; update < 20; update += 1) {
      drawn.live();
      pass(200);
    }
    assert.ok(gaps(times).every((gap) => gap > least && gap <= most + took), gaps(times).join());
    t.mock.timers.reset();
    t.mock.restoreAll();
  }
});

test("what a reader asks for is drawn at once, and what can wait with the next figures", (t) => {
  const { drawn, times, pass } = drawing(t, 30);
  drawn.now();
  pass(2);
  drawn.now();
  pass(2);
  assert.equal(times.length, 2);
  drawn.soon();
  pass(200);
  drawn.now();
  pass(1000);
  assert.equal(times.length, 3);
  drawn.soon();
  pass(300);
  assert.equal(times.length, 4);
});

test("a page that has ended is drawn no more", (t) => {
  const { drawn, ended, times, pass } = drawing(t, 4);
  drawn.soon();
  drawn.now();
  ended.abort();
  pass(1000);
  assert.equal(times.length, 0);
});

test("a machine slept where only the time of day went on", (t) => {
  let [day, page] = [1e12, 1000];
  t.mock.method(Date, "now", () => day);
  t.mock.method(performance, "now", () => page);
  const sleep = new Sleep();
  [day, page] = [day + 60_000, page + 60_000]; // a hidden page looks once a minute
  assert.equal(sleep.ended(), false);
  [day, page] = [day + 3_600_000, page + 1000];
  assert.equal(sleep.ended(), true);
  assert.equal(sleep.ended(), false);
  day -= 3_600_000; // the clock was set back
  assert.equal(sleep.ended(), false);
});
