import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./load.mjs";

globalThis.location = { search: "" };
const { isoInstant, parse, print } = await load("state.ts");
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
  assert.equal(parse("?at=noon").at, null);
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
