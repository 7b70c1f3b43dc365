import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./load.mjs";

const { lotsOf, summed } = await load("views/oi/sums.ts");
const row = (expiry, oi, base) => ({
  strike: 100, expiry, base_time: null,
  call_oi: oi, call_oi_base: base, put_oi: null, put_oi_base: null,
});
const LOTS = new Map([["near", 75], ["far", 50]]);

test("each expiry counts in its own lots", () => {
  const [sum] = summed([row("near", 750, 150), row("far", 500, 100)], LOTS);
  assert.equal(sum.call_oi, 20);
  assert.equal(sum.call_oi_base, 4);
  assert.equal(summed([row("near", 750, 150), row("far", 500, 100)], null)[0].call_oi, 1250);
});

test("an expiry without a base has not grown from 0", () => {
  for (const rows of [
    [row("near", 750, 150), row("far", 500, null)], [row("far", 500, null), row("near", 750, 150)],
  ]) {
    const [sum] = summed(rows, null);
    assert.equal(sum.call_oi, 1250);
    assert.equal(sum.call_oi_base, null);
    assert.equal(sum.put_oi, null);
  }
  assert.equal(summed([row("near", 750, 150), row("far", null, null)], null)[0].call_oi_base, 150);
});

test("lots are known of all expiries, or of none", () => {
  const facts = [{ expiry: "near", lot: 75 }, { expiry: "far", lot: null }];
  assert.equal(lotsOf(["near"], facts).get("near"), 75);
  assert.equal(lotsOf(["near", "far"], facts), null);
  assert.equal(lotsOf(["gone"], facts), null);
});
