import type { Answer } from "./answer.js";
import type { Access } from "./http.js";
import type { StreamEvent } from "./sse.js";

export type Mode = "connecting" | "streaming" | "waiting" | "polling";

/** How long to wait for what, in ms. */
export interface Timing {
  /** Before the first retry, until the server sends `retry:`. */
  firstWait: number;
  /** Between retries, which double. */
  longestWait: number;
  /** The most that `retry:` and `Retry-After` may ask for. */
  longestRetry: number;
  /** Silence after which a connection is given up: three heartbeats. */
  stall: number;
  /** Silence before the first frame after which it polls at once, and not at the third time. */
  firstFrame: number;
  /** Between two polls. */
  poll: number;
  /** How long to poll before streaming is tried again. */
  tryStream: number;
}

export const TIMING: Timing = {
  firstWait: 1000, longestWait: 30_000, longestRetry: 3_600_000,
  stall: 45_000, firstFrame: Infinity, poll: 5000, tryStream: 60_000,
};

export interface StreamOptions extends Access {
  /** Reads an answer, which comes first, after each reset, and while polling. */
  snapshot?: (options: { signal?: AbortSignal }) => Promise<Answer>;
  /** Reads the state of a panel, as its stream begins with it: polled where there is none. */
  poll?: (options: { signal?: AbortSignal }) => Promise<StreamEvent>;
  /** The id to go on from; without it the stream begins now. */
  after?: string;
  /** Ends the iteration once it is aborted. */
  signal?: AbortSignal;
  onMode?: (mode: Mode) => void;
  timing?: Partial<Timing>;
  maxFrameBytes?: number;
}
