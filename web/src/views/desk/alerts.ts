import { html } from "lit-html";

import type { Row } from "../../api.js";
import { DASH } from "../../numbers.js";
import { isoSecond } from "../../state.js";
import { timeText } from "../../time.js";
import type { Context, Panel } from "../../view.js";
import { table } from "../table.js";
import { Asker } from "./asker.js";

interface Alerts {
  readonly alerts: Row[] | null; // null: the key has no topic alert
  readonly event: string;
}

const EVERY_MS = 2000;
const DAY_MS = 86_400_000;

const asker = new Asker();

/** The alerts of the key: which fired, and how often each would have fired in the last day. */
export const alerts: Panel<Alerts> = {
  name: "alerts",
  title: "Alerts",
  size: "whole",
  every: EVERY_MS,
  topics: ["alert"],
  sql: () => "SELECT * FROM ops.alerts();",
  csv: () => null,
  asOf: () => null,
  async load({ api, bootstrap, signal, event }) {
    const { topics } = bootstrap.key;
    if (topics !== null && !topics.includes("alert")) return { alerts: null, event };
    const found = await api.json<{ alerts: Row[] }>("/v1/alerts", {}, signal);
    return { alerts: found.alerts, event };
  },
  render: ({ alerts: found }, ctx) => found === null
    ? html`<p class="nothing">Your key may not read topic alert.</p>`
    : html`${form(ctx)}
      ${asker.refusal()}
      ${table(found, cellsOf(ctx), "No alert is set yet.", "Alerts", true)}
      <p class="foot">Replay asks for a task: how often the alert would have fired in the day
        before the time that is shown.</p>`,
};

function form(ctx: Context) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const sent = new FormData(event.target as HTMLFormElement);
    const wanted = Object.fromEntries(["name", "statement"].map((key) => [key, sent.get(key)]));
    void asker.act(ctx, "POST", "/v1/alerts", { ...wanted, symbols: [ctx.state.symbol] });
  };
  return html`<form class="ask" @submit=${submit}>
    <label>name<input name="name" required maxlength="63" placeholder="pcr-high"></label>
    <label class="long">SELECT, which fires when it begins to give rows
      <input name="statement" required maxlength="3000" spellcheck="false"
        placeholder="SELECT * FROM analytics.pcr(asked.symbol, NULL, asked.at) WHERE pcr_oi > 1.2">
    </label>
    <button>Set the alert</button>
  </form>`;
}

const cellsOf = (ctx: Context) => [
  { title: "Alert", text: (row: Row) => isOwn(row, ctx) ? row["name"] : `${row["name"]} of ${row["key"]}` },
  {
    title: "Last fired",
    text: (row: Row) => row["fired_at"] === null
      ? DASH : timeText(row["fired_at"], ctx.symbol.zone),
  },
  { title: "Fired", kind: "number" as const, text: (row: Row) => String(row["firings"]) },
  {
    title: "Now", text: (row: Row) => row["error"] !== null
      ? html`<span class="state-bad wide">${row["error"]}</span>`
      : row["has_rows"] ? "has rows" : row["is_on"] ? "waits" : "off",
  },
  {
    title: "SELECT", kind: "minor" as const,
    text: (row: Row) => html`<span class="wide">${row["statement"]}</span>`,
  },
  { title: "", text: (row: Row) => isOwn(row, ctx) ? buttons(row, ctx) : "" },
];

function buttons(row: Row, ctx: Context) {
  const path = `/v1/alerts/${row["name"]}`;
  const replay = () => {
    const to = Date.parse(ctx.state.at ?? ctx.symbol.clock ?? "");
    if (Number.isNaN(to)) return; // there are no quotes yet
    const span = new URLSearchParams({
      from: isoSecond(to - DAY_MS), to: isoSecond(to), symbol: ctx.state.symbol,
    });
    void asker.act(ctx, "POST", `${path}/replay?${span}`);
  };
  return html`<button @click=${replay} aria-label=${`Replay ${row["name"]}`}>Replay</button>
    <button @click=${() => void asker.act(ctx, "DELETE", path)}
      aria-label=${`Remove ${row["name"]}`}>Remove</button>`;
}

const isOwn = (row: Row, { bootstrap }: Context): boolean => row["key"] === bootstrap.key.name;
