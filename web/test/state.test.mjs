import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./load.mjs";

globalThis.location = { search: "" };
const { isoInstant, parse, print } = await load("state.ts");
const { baseOf } = await load("view.ts");
const { isAsNew } = await load("events.ts");

test("an instant keeps its fraction of a second in the address", () => {
  for (const at of [
    "2025-08-29T06:30:00Z", "2025-08-29T06:30:00.5Z", "2025-08-29T06:30:00.123456Z",
  ]) {
    const state = parse(`?at=${at}`);
    assert.equal(state.at, at);
    assert.equal(parse(print(state)).at, at);
  }
  assert.equal(parse("?at=2025-08-29T12:00:00.250+05:30").at, "2025-08-29T06:30:00.25Z");
  assert.equal(isoInstant("2025-08-29T06:30:00.000000+00:00"), "2025-08-29T06:30:00Z");
  for (const at of ["noon", "0000-01-01T00:00:00Z", "%2B010000-01-01T00:00:00Z"]) {
    assert.equal(parse(`?at=${at}`).at, null);
  }
  assert.equal(parse("?expiry=2025-13-45").expiry, "");
});

test("events are in order within a log, and of no order between two", () => {
  assert.ok(isAsNew("a:10", "a:9"));
  assert.ok(isAsNew("a:10", "a:10"));
  assert.ok(!isAsNew("a:9", "a:10"));
  assert.ok(!isAsNew("b:11", "a:10"));
  assert.ok(!isAsNew("", "a:10"));
  assert.ok(isAsNew("a:10,b:3", "b:3"));
  assert.ok(isAsNew("b:4", "a:10,b:3"));
  assert.ok(!isAsNew("a:10,b:2", "a:9,b:3"));
  assert.ok(!isAsNew("a:10,b:2", "c:1"));
});

test("changes are counted from no instant after the one that is shown", () => {
  const base = (over, at, newest = null) => baseOf({ state: { over, at }, newest });
  const [early, late] = ["2025-08-29T06:30:00Z", "2025-08-29T06:30:00.000001Z"];
  assert.deepEqual(base(early, late), { since: early });
  assert.deepEqual(base(early, early), { since: early });
  assert.deepEqual(base(late, early), {});
  assert.deepEqual(base(late, null, "2025-08-29T06:30:00.000000+00:00"), {});
  assert.deepEqual(base(early, null, "2025-08-29T06:30:00.5+00:00"), { since: early });
  assert.deepEqual(base("15m", early), { over: "15 minutes" });
  assert.deepEqual(base("day", early), {});
});
