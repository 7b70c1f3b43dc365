import { UnavailableError } from "./errors.js";

/**
 * A table: each of `rows` has one value per name in `columns`.
 *
 * A time is an ISO 8601 string in UTC, unknown is null. Volume and open interest are in units
 * of the underlying, IV is a decimal, and columns that end in `_seconds` are in seconds.
 * `event` is the id of the newest event that the rows include: give it to `stream` as `after`
 * to read what follows. `clock` is the market's time.
 */
export interface Answer {
  readonly columns: string[];
  readonly rows: unknown[][];
  readonly event: string;
  readonly clock: string | null;
  readonly text: string; // the JSON itself
}

/** A parameter of a metric; `type` is that of Postgres. */
export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
}

/** What a server can compute. */
export interface Metric {
  readonly name: string;
  readonly parameters: Parameter[];
  readonly columns: string[];
  readonly about: string;
}

export function parseAnswer(text: string): Answer {
  const { columns, rows, event, clock } = parse(text);
  if (!Array.isArray(columns) || !Array.isArray(rows) || typeof event !== "string") {
    throw noAnswer();
  }
  return { columns, rows, event, clock: typeof clock === "string" ? clock : null, text };
}

export function parseMetrics(text: string): Metric[] {
  const { metrics } = parse(text);
  if (!Array.isArray(metrics)) throw noAnswer();
  return metrics.map(({ metric, parameters, columns, about }) =>
    ({ name: metric, parameters, columns, about: about ?? "" }));
}

/** The event that an answer includes. */
export function eventOf(text: string): string {
  const { event } = parse(text);
  if (typeof event !== "string") throw noAnswer();
  return event;
}

function parse(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) return body as Record<string, unknown>;
  } catch {
    // A proxy's page, for example.
  }
  throw noAnswer();
}

const noAnswer = () => new UnavailableError(
  "no_answer", "the response is not an answer of a pgstrike server; is a proxy down?",
);
