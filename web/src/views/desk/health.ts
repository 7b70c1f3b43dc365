import { html } from "lit-html";

import { type Check, readHealth } from "../../health.js";
import type { Context, Panel } from "../../view.js";
import { drawn } from "../ask.js";
import { table } from "../table.js";

interface Health {
  readonly status: string;
  readonly rows: readonly Check[] | null; // null: only administrators see them
  readonly event: string;
}

// What wants attention comes first.
const ORDER: Readonly<Record<string, number>> = { bad: 0, warn: 1, unknown: 2, ok: 3 };
const EVERY_MS = 10_000;

/** Feeds, calendar, refreshes, disk: every check, with its remedy. */
export const health: Panel<Health> = {
  name: "health",
  title: "Health of feeds, calendar and server",
  every: EVERY_MS,
  topics: ["ops"],
  sql: () => null,
  csv: () => null,
  asOf: () => null,
  async load(ctx) {
    const { status, rows = null } = await readHealth(ctx.signal);
    return { status, rows, event: ctx.event };
  },
  render: (told, ctx) => html`${drawn(told, ctx, () => draw(told, ctx))}`,
};

function draw({ status, rows }: Health, _ctx: Context) {
  if (rows === null) {
    return html`<p class="nothing">The server is <b class=${`state-${status}`}>${status}</b>.
      ${status === "down" ? "" : "Its checks are shown to administrators."}</p>`;
  }
  const sorted = [...rows].sort((a, b) => (ORDER[a.state] ?? 1) - (ORDER[b.state] ?? 1));
  return table(sorted, [
    { title: "Check", text: (row) => String(row["name"]).replaceAll("_", " ") },
    {
      title: "State",
      text: (row) => html`<span class=${`state-${row["state"]}`}>${row["state"]}</span>`,
    },
    {
      title: "Says",
      text: (row) => html`<span class="wide">${row["says"]}${
        row["remedy"] ? html` <b>${row["remedy"]}</b>` : ""}</span>`,
    },
  ], "The server made no checks.", "Checks");
}
