import { type TemplateResult, html } from "lit-html";
import type { DirectiveResult } from "lit-html/directive.js";
import { guard } from "lit-html/directives/guard.js";

import { type Answer, type Row, rowsOf } from "../api.js";
import { secondsOf } from "../charts/series.js";
import { isoSecond } from "../state.js";
import { type Context, type Panel, literal } from "../view.js";

type Word = string | number | readonly (string | number)[] | null | undefined;

/** A call of a function of schema analytics: over HTTP, and as the statement of the same. */
export interface Ask {
  readonly metric: string;
  readonly params: Readonly<Record<string, Word>>; // without their p_; null is left out
}

/** What a panel shows: the rows of its calls, all of one event. */
export interface Told {
  readonly event: string;
  readonly clock: string | null;
  readonly rows: Row[];
  readonly more: readonly Row[][];
}

interface Asked {
  readonly name: string;
  readonly title: string;
  readonly size?: "whole" | "half" | "third";
  readonly every?: number | null;
  /** The call whose rows are the CSV. */
  ask(ctx: Context): Ask;
  /** What else the panel needs, such as the levels that it marks. */
  more?(ctx: Context): Ask[];
  /** The statement, where it is not the calls. */
  sql?(ctx: Context): string;
  /** The rows of that statement, of those of the call. */
  drawn?(rows: readonly Row[]): readonly Row[];
  draw(told: Told, ctx: Context): TemplateResult;
}

const TRIES = 3;
const SERIES_MS = 5000; // between two loads of a series at events

/** A panel of metrics. It is drawn when its figures, units or colours change. */
export function panel(asked: Asked): Panel<Told> {
  const { name, title, size, ask, more, draw } = asked;
  return {
    name, title,
    ...(size ? { size } : {}),
    ...(asked.every === undefined ? {} : { every: asked.every }),
    sql: (_state, ctx) => asked.sql?.(ctx)
      ?? [ask(ctx), ...more?.(ctx) ?? []].map(statementOf).join("\n"),
    csv: (_state, ctx) => pathOf(ask(ctx)),
    ...(asked.drawn ? { drawn: asked.drawn } : {}),
    load: (ctx) => loadAll(ctx, [ask(ctx), ...more?.(ctx) ?? []]),
    render: (told, ctx) => html`${drawn(told, ctx, () => draw(told, ctx))}`,
  };
}

/** As `panel`, of a series. */
export const seriesPanel = (asked: Asked): Panel<Told> => panel({ every: SERIES_MS, ...asked });

/** What `draw` returns, unless nothing that it depends on has changed. */
export const drawn = (
  data: unknown, { units, expiry, colour }: Context, draw: () => unknown,
): DirectiveResult =>
  guard([data, units.size, units.numbers, expiry?.lot, colour("text"), colour("panel")], draw);

/** The answers of several calls, of one event: an older answer is asked for again. */
export async function loadAll(ctx: Context, asks: readonly Ask[]): Promise<Told> {
  const read = (ask: Ask) => ctx.api.get(pathOf(ask), {}, ctx.signal);
  let answers = await Promise.all(asks.map(read));
  for (let attempt = 1; attempt < TRIES && !ofOneEvent(ctx, answers); attempt++) {
    const newest = answers[0]!.event;
    answers = await Promise.all(answers.map((answer, at) =>
      answer.event === newest && attempt === 1 && at === 0 ? answer : read(asks[at]!)));
  }
  const [first, ...others] = answers as [Answer, ...Answer[]];
  return {
    event: first.event, clock: first.clock, rows: rowsOf(first), more: others.map(rowsOf),
  };
}

// The past does not change between two calls.
const ofOneEvent = (ctx: Context, answers: readonly Answer[]): boolean =>
  ctx.state.at !== null || new Set(answers.map(({ event }) => event)).size === 1;

export function pathOf({ metric, params }: Ask): string {
  const sent = new URLSearchParams();
  for (const [name, word] of Object.entries(params)) {
    if (word === null || word === undefined) continue;
    for (const each of Array.isArray(word) ? word : [word]) sent.append(name, String(each));
  }
  return `/v1/metrics/${metric}?${sent}`;
}

/** The call as SQL: analytics.pcr('NIFTY', p_expiry => '2025-09-02'). */
export function callOf({ metric, params }: Ask): string {
  const words = Object.entries(params)
    .filter(([, word]) => word !== null && word !== undefined)
    .map(([name, word]) => (name === "symbol" ? "" : `p_${name} => `) + wordOf(word));
  return `analytics.${metric}(${words.join(", ")})`;
}

export const statementOf = (ask: Ask): string => `SELECT * FROM ${callOf(ask)};`;

function wordOf(word: Word): string {
  if (typeof word === "number") return String(word);
  return literal(Array.isArray(word) ? `{${word.join(",")}}` : String(word));
}

/** A call about the symbol at the instant that is shown. */
export const atInstant = (
  { state }: Context, metric: string, params: Ask["params"] = {},
): Ask => ({ metric, params: { symbol: state.symbol, ...params, at: state.at } });

/** The same about the expiry that is shown. */
export const ofExpiry = (ctx: Context, metric: string, params: Ask["params"] = {}): Ask =>
  atInstant(ctx, metric, { expiry: ctx.state.expiry, ...params });

/**
 * A call of a series: the newest session, or the day of the instant up to it; of daily buckets
 * all there are. A bucket that ends after the instant is left out, because it knows what came
 * later.
 */
export function ofDay(
  { state, symbol }: Context, metric: string, params: Ask["params"] = {}, tf = state.tf,
): Ask {
  const at = state.at === null ? null : Date.parse(state.at);
  const window = {
    from: tf === "1d" ? symbol.first : at && isoSecond(midnightOf(at, symbol.zone)),
    to: at && isoSecond(at - secondsOf(tf) * 1000 + 1000),
  };
  return { metric, params: { symbol: state.symbol, ...params, timeframe: tf, ...window } };
}

/** When the exchange's day of an instant began. */
function midnightOf(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value ?? 0);
  const since = (part("hour") * 60 + part("minute")) * 60 + part("second");
  return Math.floor(at / 1000) * 1000 - since * 1000;
}
