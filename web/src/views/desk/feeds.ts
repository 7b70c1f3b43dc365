import { html } from "lit-html";

import type { Row } from "../../api.js";
import { DASH, ratioText } from "../../numbers.js";
import { durationText, timeText } from "../../time.js";
import type { Context, Panel } from "../../view.js";
import { table } from "../table.js";

interface Feeds {
  readonly feeds: Row[] | null; // null: for administrators only
  readonly event: string;
}

/** The live feeds: which one is in charge of what, since when, and why another failed. */
export const feeds: Panel<Feeds> = {
  name: "feeds",
  title: "Live feeds",
  size: "whole",
  every: 2000,
  topics: ["ops"],
  sql: () => "SELECT * FROM ops.feeds();",
  csv: () => null,
  asOf: () => null,
  async load({ api, bootstrap, signal, event }) {
    if (!bootstrap.key.is_admin) return { feeds: null, event };
    return { feeds: (await api.json<{ feeds: Row[] }>("/v1/feeds", {}, signal)).feeds, event };
  },
  render: ({ feeds: found }, ctx) => found === null
    ? html`<p class="nothing">These are shown to administrators.</p>`
    : table(found, cellsOf(ctx), "No live feed was added: pgstrike feed add.", "Live feeds", true),
};

const nameOf = ({ name, kind }: Row): string => name === kind ? name : `${name} (${kind})`;

const lagText = (seconds: number): string =>
  seconds < 10 ? `${ratioText(seconds, 1)} s` : durationText(seconds);

const cellsOf = ({ symbol: { zone } }: Context) => [
  { title: "Feed", text: nameOf },
  {
    title: "State",
    text: (row: Row) => {
      const state = row["is_on"] ? row["state"] : "off";
      return html`<span><span class=${`state-${state}`}>${state}</span> since ${
        timeText(row["since"], zone)}</span>`;
    },
  },
  {
    title: "In charge of",
    text: (row: Row) => Object.entries(row["in_charge"] as Record<string, string>)
      .map(([symbol, since]) => `${symbol} since ${timeText(since, zone)}`).join(", ") || DASH,
  },
  {
    title: "Last message", kind: "minor" as const,
    text: (row: Row) => row["last_message_at"] === null
      ? DASH : timeText(row["last_message_at"], zone),
  },
  {
    title: "Lag", kind: "number" as const,
    text: (row: Row) => row["lag_seconds"] === null ? DASH : lagText(row["lag_seconds"]),
  },
  { title: "Reconnects", kind: "number" as const, text: (row: Row) => String(row["reconnects"]) },
  {
    title: "Last failure",
    text: (row: Row) => row["failure"] === null ? DASH
      : html`<span class="wide">${timeText(row["failed_at"], zone)}: ${row["failure"]}</span>`,
  },
];
