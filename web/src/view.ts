import type { TemplateResult } from "lit-html";

import type { Api, Row } from "./api.js";
import type { Bootstrap, ExpiryFacts, SymbolFacts } from "./bootstrap.js";
import type { LiveChain } from "./live.js";
import { type State, isLater } from "./state.js";

/** How figures are written; the reader's choice, kept in this browser and not in the URL. */
export interface Units {
  readonly size: "lots" | "units";
  readonly numbers: "indian" | "plain"; // lakh and crore with en-IN grouping, or plain
}

/** What a panel is given. `state` has its symbol and expiry filled in. */
export interface Context {
  readonly state: State;
  readonly bootstrap: Bootstrap;
  readonly symbol: SymbolFacts;
  readonly expiry: ExpiryFacts | null; // null: the state's expiry is not live
  readonly api: Api;
  readonly signal: AbortSignal; // aborted once the load's answer is of no use
  readonly units: Units;
  /** The newest figures of the stream; null where those of the panel's load are newer. */
  readonly live: LiveChain | null;
  /** The market's newest time of the symbol. */
  readonly newest: string | null;
  /** The event that `live` is of. */
  readonly liveEvent: string;
  /** The newest event that the page knows of. */
  readonly event: string;
  /** A colour by the name of its CSS property, of the theme in force: colour("call"). */
  colour(name: string): string;
  /** Change the URL's state, as a link would: set({ at: "2025-08-29T12:00:00Z" }). */
  set(part: Partial<State>): void;
  /** Have all panels drawn again, for example after a pointer moved. */
  redraw(): void;
  /** Load this panel's data again, for example after a task was asked for. */
  reload(): void;
}

/**
 * A part of a view. The frame draws its box, its title, its age and the buttons SQL, CSV and
 * link; it calls `load` at first, when the state changes, and at events.
 */
export interface Panel<D = any> {
  readonly name: string; // a CSS class, and the panel's place in a link
  readonly title: string;
  readonly size?: "whole" | "half" | "third"; // of the page's width; half
  /** The least time between two loads at events, in ms; 2,000. null: the stream brings it. */
  readonly every?: number | null;
  /** The topics of those events; left out: chain. Without chain it also loads by the clock. */
  readonly topics?: readonly string[];
  /** The statement behind the panel, to paste into psql; null: it is not from SQL. */
  sql(state: State, ctx: Context): string | null;
  /** The path of its rows as JSON, which the frame offers as CSV; null: there are no rows. */
  csv(state: State, ctx: Context): string | null;
  /** The rows that are drawn, and that the CSV has; left out: all of that path. */
  drawn?(rows: readonly Row[]): readonly Row[];
  load(ctx: Context): Promise<D>;
  render(data: D, ctx: Context): TemplateResult;
  /** The market's instant of the data, in UTC; left out: `data.clock`. */
  asOf?(data: D, ctx: Context): string | null;
  /** The event of the data; left out: `data.event`. */
  eventOf?(data: D, ctx: Context): string | null;
}

export interface View {
  readonly name: string; // in the URL: view=chain
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Panels whose code is read when the view is first shown, in place of `panels`. */
  readonly more?: () => Promise<readonly Panel[]>;
}

/** A text as a literal of SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const OVER: Record<string, string> = {
  "5m": "5 minutes", "15m": "15 minutes", "60m": "60 minutes",
};

type Shown = Pick<Context, "state" | "newest">;

/** Whether changes were to be counted from an instant after the one that is shown. */
export function isBaseLater({ state: { at, over }, newest }: Shown): boolean {
  const shown = at ?? newest;
  return over !== "day" && !(over in OVER) && shown !== null && isLater(over, shown);
}

/**
 * What changes are counted from: an interval back, an instant, or neither: the close before. That
 * is also what is left where the instant is later than the one that is shown.
 */
export function baseOf(shown: Shown): { readonly over?: string; readonly since?: string } {
  const { over } = shown.state;
  const interval = OVER[over];
  if (interval !== undefined) return { over: interval };
  return over === "day" || isBaseLater(shown) ? {} : { since: over };
}
