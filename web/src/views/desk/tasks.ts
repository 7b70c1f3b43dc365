import { type TemplateResult, html } from "lit-html";

import type { Row } from "../../api.js";
import { DASH } from "../../numbers.js";
import { durationText, timeText } from "../../time.js";
import type { Context, Panel } from "../../view.js";
import { table } from "../table.js";
import { Asker } from "./asker.js";
import { type Kind, drawForm } from "./task_form.js";

export interface Tasks {
  readonly tasks: Row[];
  readonly kinds: readonly Kind[];
  readonly event: string;
}

const SHOWN = 12;
const ENDED = new Set(["completed", "failed", "cancelled"]);

const asker = new Asker();

/** The work that was asked for: how far it is, and a way to ask for more. */
export const tasks: Panel<Tasks> = {
  name: "tasks",
  title: "Tasks",
  size: "whole",
  every: 1000,
  topics: ["task"],
  sql: () => `SELECT * FROM ops.tasks() ORDER BY id DESC LIMIT ${SHOWN};`,
  csv: () => null,
  asOf: () => null,
  async load({ api, signal, event }) {
    const [listed, known] = await Promise.all([
      api.json<{ tasks: Row[] }>("/api/tasks", { limit: SHOWN }, signal),
      api.json<{ kinds: Kind[] }>("/api/task-kinds", {}, signal),
    ]);
    return { tasks: listed.tasks, kinds: known.kinds, event };
  },
  render: ({ tasks: found, kinds }, ctx) => html`
    ${drawForm(kinds, ctx, (body) => asker.act(ctx, "POST", "/api/tasks", body))}
    ${asker.refusal()}
    ${table(found, cellsOf(ctx), "No task was asked for yet.", "Tasks", true)}`,
};

const cellsOf = (ctx: Context) => [
  { title: "Task", text: (row: Row) => `${row["id"]} ${row["kind"]}` },
  {
    title: "State",
    text: (row: Row) => html`<span class=${`state-${row["state"]}`}>${row["state"]}</span>`,
  },
  { title: "Progress", text: progress },
  { title: "About", kind: "minor" as const, text: about },
  {
    title: "Says",
    text: (row: Row) => html`<span class="wide">${row["error"] ?? row["message"] ?? DASH}</span>`,
  },
  {
    title: "Asked", kind: "minor" as const,
    text: (row: Row) => `${timeText(row["asked_at"], ctx.symbol.zone)} by ${row["asked_by"]}`,
  },
  {
    title: "",
    text: (row: Row) => ENDED.has(row["state"]) ? "" : html`<button
      @click=${() => void asker.act(ctx, "DELETE", `/api/tasks/${row["id"]}`)}
      aria-label=${`Cancel task ${row["id"]}`}>Cancel</button>`,
  },
];

function progress(row: Row): TemplateResult {
  const part = row["progress"] ?? 0;
  const left = row["seconds_left"];
  return html`<progress max="1" value=${part} aria-label="Progress"></progress>
    ${Math.round(part * 100)} %${typeof left === "number" && !ENDED.has(row["state"])
      ? `, ${durationText(left)} left` : ""}`;
}

const about = (row: Row): string =>
  Object.entries(row["arguments"] ?? {}).map(([name, value]) => `${name} ${value}`).join(", ");
