import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./load.mjs";

const { lastOf } = await load("expiries.ts");
const session = (date, hours) => ({
  date, opens_at: `${date}T03:45:00+00:00`, closes_at: `${date}T${hours}:00:00+00:00`,
});
const facts = (more = {}) => ({
  clock: "2025-09-03T05:00:00.5+00:00", quotes_from: null,
  session: session("2025-09-03", "10"), previous_session: session("2025-09-02", "09"), ...more,
});

test("an expiry that is over had its last figures before the close of its day", () => {
  assert.equal(lastOf(facts(), "2025-09-02"), "2025-09-02T08:59:59Z"); // a short session
  assert.equal(lastOf(facts(), "2025-08-26"), "2025-08-26T09:59:59Z");
});

test("one that is not over, or whose quotes are not kept, had none", () => {
  assert.equal(lastOf(facts(), "2025-09-03"), null);
  assert.equal(lastOf(facts(), "2025-09-09"), null);
  const from = { quotes_from: "2025-09-01T00:00:00+00:00" };
  assert.equal(lastOf(facts(from), "2025-08-26"), null);
  assert.equal(lastOf(facts({ clock: null }), "2025-09-02"), null);
});
