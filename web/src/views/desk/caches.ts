import { html } from "lit-html";

import { plainText } from "../../numbers.js";
import type { Context, Panel } from "../../view.js";
import { drawn } from "../ask.js";
import { tiles } from "../tiles.js";

interface Caches {
  readonly figures: { name: string; value: unknown }[] | null; // null: for administrators only
  readonly event: string;
}

const EVERY_MS = 10_000;

/** What the api holds in memory, and its connections to the database. */
export const caches: Panel<Caches> = {
  name: "caches",
  title: "Caches and connections",
  size: "whole",
  every: EVERY_MS,
  topics: [],
  sql: () => null,
  csv: () => null,
  asOf: () => null,
  async load({ api, bootstrap, signal, event }) {
    if (!bootstrap.key.is_admin) return { figures: null, event };
    const found = await api.json<{ caches: object }>("/api/performance-metrics", {}, signal);
    return { figures: flat(found.caches), event };
  },
  render: (told, ctx) => html`${drawn(told, ctx, () => draw(told, ctx))}`,
};

function draw({ figures }: Caches, ctx: Context) {
  if (figures === null) return html`<p class="nothing">These are shown to administrators.</p>`;
  return tiles(figures.map(({ name, value }) => ({
    name,
    figure: typeof value === "number"
      ? plainText(value, ctx.units.numbers, Number.isInteger(value) ? 0 : 2) : String(value),
    note: "",
  })));
}

/** An object of objects as a list: "events: bytes". */
function flat(found: object, before = ""): { name: string; value: unknown }[] {
  return Object.entries(found).flatMap(([key, value]) => {
    const name = before + key.replaceAll("_", " ");
    return value !== null && typeof value === "object"
      ? flat(value, `${name}: `) : [{ name, value }];
  });
}
