import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./load.mjs";

const { Pace } = await load("pace.ts");
const page = (symbol) => ({
  symbol: { symbol, wall_pace_seconds: 1, committed_at: null, session: null },
  state: { now: { at: null } }, clock: null,
});
const clock = (seconds) => new Date(Date.UTC(2025, 7, 29, 4, 0, seconds)).toISOString();

test("each symbol has its own clock and its own heartbeat", (t) => {
  let now = 1000;
  t.mock.method(performance, "now", () => now);
  const pace = new Pace();
  pace.beat("FAST", clock(0));
  pace.beat("SLOW", clock(-3600));
  for (let second = 1; second <= 12; second += 1) {
    now += 1000;
    pace.beat("FAST", clock(60 * second));
    pace.beat("SLOW", clock(-3600)); // an event came, but no figures of this symbol
  }
  assert.equal(pace.speed(page("FAST")), 60);
  assert.equal(pace.isStale(page("FAST")), false);
  assert.equal(pace.speed(page("SLOW")), null);
  assert.equal(pace.silentMs(page("SLOW")), 12_000);
  assert.equal(pace.isStale(page("SLOW")), true);
});

test("the time since what was there before is no pace", (t) => {
  let now = 1000;
  t.mock.method(performance, "now", () => now);
  const pace = new Pace();
  pace.beat("SLOW", clock(0));
  now += 4000; // the page was opened a minute after those figures
  pace.beat("SLOW", clock(64));
  assert.equal(pace.speed(page("SLOW")), null);
  now += 64_000;
  pace.beat("SLOW", clock(128));
  assert.equal(pace.speed(page("SLOW")), 1);
});

test("a lone snapshot is stale after three minutes", (t) => {
  let now = 1000;
  t.mock.method(performance, "now", () => now);
  const pace = new Pace();
  const lone = page("LONE");
  lone.symbol.wall_pace_seconds = null;
  pace.beat("LONE", clock(0));
  now += 179_000;
  assert.equal(pace.isStale(lone), false);
  now += 2000;
  assert.equal(pace.isStale(lone), true);
});

test("a feed that caught up first has the speed of now", (t) => {
  let now = 1000;
  t.mock.method(performance, "now", () => now);
  const pace = new Pace();
  for (const seconds of [0, 60, 1800, 3600]) { // an hour that was stored at once
    pace.beat("FAST", clock(seconds));
    now += 500;
  }
  assert.equal(pace.speed(page("FAST")), null);
  for (let second = 1; second <= 8; second += 1) {
    pace.beat("FAST", clock(3600 + 60 * second));
    now += 1000;
  }
  assert.equal(pace.speed(page("FAST")), 60);
});
