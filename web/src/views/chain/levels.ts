import { type TemplateResult, html } from "lit-html";

import { type Answer, type Row, rowsOf } from "../../api.js";
import { durationText } from "../../time.js";
import { type Context, type Panel, atLiteral, literal } from "../../view.js";
import { ivText, sizeText, strikeText } from "./text.js";

interface Levels {
  readonly event: string;
  readonly clock: string | null;
  readonly row: Row | null;
}

/** What an expiry's chain says in a few figures. */
export const levelsPanel: Panel<Levels> = {
  name: "levels",
  title: "Levels",
  size: "whole",
  sql: (state) => `SELECT * FROM analytics.expiry_metrics(${literal(state.symbol)}, ${
    literal(state.expiry)}, ${atLiteral(state)});`,
  csv: ({ symbol, expiry, at }) => `/v1/metrics/expiry_metrics?${new URLSearchParams({
    symbol, expiry, ...(at === null ? {} : { at }),
  })}`,
  async load(ctx) {
    const { symbol, expiry, at } = ctx.state;
    const answer: Answer = await ctx.api.get(
      "/v1/metrics/expiry_metrics", { symbol, expiry, at }, ctx.signal,
    );
    const row = rowsOf(answer)[0] ?? null;
    return { event: answer.event, clock: row?.["as_of"] ?? answer.clock, row };
  },
  render,
};

function render({ row }: Levels, ctx: Context): TemplateResult {
  if (row === null) return html`<p class="nothing">This expiry had no quotes yet at that time.</p>`;
  const at = (name: string) => row[name] == null ? "–" : strikeText(row[name]);
  const fixed = (name: string, digits: number) => row[name] == null ? "–" : row[name].toFixed(digits);
  const of = (name: string) => row[name] == null ? "" : `${sizeText(row[name], ctx)} OI`;
  const known = row["known_oi_legs"] < row["legs"]
    ? `${row["known_oi_legs"]} of ${row["legs"]} legs known` : "all legs known";
  return html`<dl class="tiles">
    ${tile("Support", at("support"), of("support_oi"))}
    ${tile("Resistance", at("resistance"), of("resistance_oi"))}
    ${tile("Max pain", at("max_pain"), distance(row["max_pain"], row["underlying"]))}
    ${tile("Expected move", row["expected_move"] == null ? "–" : `± ${fixed("expected_move", 0)}`,
      `until expiry, ${row["years"] == null ? "" : durationText(row["years"] * 365 * 86_400)}`)}
    ${tile("Straddle", fixed("straddle", 2), `at ${at("atm_strike")}`)}
    ${tile("IV at the money", row["atm_iv"] == null ? "–" : `${ivText(row["atm_iv"])} %`, `skew ${
      row["skew_25"] == null ? "–" : (100 * row["skew_25"]).toFixed(1)}`)}
    ${tile("PCR of OI", fixed("pcr_oi", 2), known)}
    ${tile("Forward", fixed("forward", 2), `${row["forward_source"] ?? "unknown"}`)}
  </dl>`;
}

const tile = (name: string, figure: string, note: string): TemplateResult =>
  html`<div class="tile"><dt>${name}</dt><dd>${figure}</dd><dd class="note">${note}</dd></div>`;

function distance(level: number | null, underlying: number | null): string {
  if (level == null || underlying == null) return "";
  const points = level - underlying;
  return `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(0)} from the underlying`;
}
