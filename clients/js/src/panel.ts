import { eventOf } from "./answer.js";
import { PgstrikeError } from "./errors.js";
import type { StreamEvent } from "./sse.js";
import type { Stream } from "./stream.js";
import type { Mode } from "./stream_options.js";

/** A figure by the name of its column; null where it is unknown. */
export type Row = { strike: number } & Record<string, number | string | boolean | null>;

/**
 * One expiry of a panel; times are ISO 8601 in UTC, `rows` are by strike, in ascending order.
 * The last three are there where `fields` named them.
 */
export interface Chain {
  readonly symbol: string;
  readonly expiry: string;
  readonly quoteTime: string;
  readonly underlying: number | null;
  readonly rows: Map<number, Row>;
  readonly forward?: number | null;
  readonly forwardSource?: string | null;
  readonly strikeGap?: number | null;
}

interface Sent {
  symbol: string;
  expiry: string;
  quote_time: string;
  underlying: number | null;
  forward?: number | null;
  forward_source?: string | null;
  strike_gap?: number | null;
  rows: Row[];
  gone?: number[];
  expired?: boolean;
  left?: boolean;
}

/** The whole state of a panel, as the event with which its stream begins. */
export const stateOf = (text: string): StreamEvent =>
  ({ type: "snapshot", data: text, id: eventOf(text) });

/**
 * The chains that a panel's events add up to, by "NIFTY 2025-09-02", and the market's clock
 * (ISO 8601 in UTC). `event` is the newest event that was applied.
 */
export class Panel {
  clock: string | null = null;
  chains = new Map<string, Chain>();
  event: StreamEvent | null = null;

  /**
   * Take an event. False where it changes no chain. A `reset` changes nothing, because the
   * new state follows it.
   */
  apply(event: StreamEvent): boolean {
    if (event.type !== "snapshot" && event.type !== "chain") return false;
    try {
      const { clock, chains } = JSON.parse(event.data);
      if (event.type === "snapshot") this.chains.clear();
      this.clock = clock;
      for (const sent of chains) this.#take(sent);
    } catch (cause) {
      throw new PgstrikeError(
        "bad_event", `event ${event.id} (${event.type}) is not one of a panel`, { cause },
      );
    }
    this.event = event;
    return true;
  }

  #take(sent: Sent): void {
    const { symbol, expiry } = sent;
    const key = `${symbol} ${expiry}`;
    if (sent.expired || sent.left) {
      this.chains.delete(key);
      return;
    }
    let rows = this.chains.get(key)?.rows ?? new Map<number, Row>();
    for (const strike of sent.gone ?? []) rows.delete(strike);
    const known = rows.size;
    for (const row of sent.rows) rows.set(row.strike, { ...rows.get(row.strike), ...row });
    if (rows.size > known) rows = new Map([...rows].sort(([one], [other]) => one - other));
    const { quote_time: quoteTime, underlying } = sent;
    this.chains.set(key, {
      symbol, expiry, quoteTime, underlying, rows,
      ...(sent.forward !== undefined && { forward: sent.forward }),
      ...(sent.forward_source !== undefined && { forwardSource: sent.forward_source }),
      ...(sent.strike_gap !== undefined && { strikeGap: sent.strike_gap }),
    });
  }
}

/**
 * Iterate over it once: for await (const panel of stream). It gives the panel after each event
 * that changes it: the same object each time, so copy what is to be kept. Other events (resets,
 * and those of other topics) go to `onEvent`.
 */
export class PanelStream implements AsyncIterable<Panel> {
  readonly stream: Stream;
  readonly panel = new Panel();
  readonly #onEvent: ((event: StreamEvent) => void) | undefined;

  constructor(stream: Stream, onEvent?: (event: StreamEvent) => void) {
    this.stream = stream;
    this.#onEvent = onEvent;
  }

  get mode(): Mode {
    return this.stream.mode;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Panel, void, undefined> {
    for await (const event of this.stream) {
      if (this.panel.apply(event)) yield this.panel;
      else this.#onEvent?.(event);
    }
  }
}
