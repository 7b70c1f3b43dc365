import { type Api, rowsOf } from "./api.js";
import type { Session } from "./bootstrap.js";
import type { Dashboard } from "./dashboard.js";
import { isoSecond } from "./state.js";

const STEP_MS = 60_000;
const SETTLE_MS = 120; // after the slider moved, before the panels load
const SPARSE_MINUTES = 3;
const PLAY_MS = 1000; // between two steps of a play

/** The instants of a session, and the one that is shown. */
export class Timeline {
  isPlaying = false;
  /** Whether a minute of the session has figures, from its first; empty while unknown. */
  minutes: boolean[] = [];
  readonly #page: Dashboard;
  readonly #api: Api;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #playing: ReturnType<typeof setInterval> | undefined;
  #read = "";
  #readAt = -Infinity;
  pending: string | null = null; // where the slider is, before the panels follow

  constructor(page: Dashboard, api: Api) {
    this.#page = page;
    this.#api = api;
  }

  /** The session that holds what is shown: the newest, or the one before. */
  get session(): Session | null {
    const facts = this.#page.symbol;
    if (!facts) return null;
    const { session, previous_session: before } = facts;
    const at = this.at;
    return before && session && at !== null && Date.parse(at) < Date.parse(session.opens_at)
      ? before : session;
  }

  get at(): string | null {
    return this.pending ?? this.#page.state.now.at;
  }

  /** The newest instant that there is to show, in ms. */
  get newest(): number | null {
    const clock = Date.parse(this.#page.clockOf(this.#page.symbol?.symbol ?? "") ?? "");
    return Number.isNaN(clock) ? null : clock;
  }

  /** The oldest, in ms. */
  get #oldest(): number {
    return Date.parse(this.#page.symbol?.quotes_from ?? this.#page.symbol?.first ?? "") || 0;
  }

  /** The slider moves: it follows at once, the panels once it rests. */
  slide(time: number): void {
    this.pause();
    this.#goSoon(time);
  }

  /** Some minutes on, or back. Beyond the newest instant it is live. */
  step(minutes: number): void {
    this.pause();
    this.#step(minutes);
  }

  live(): void {
    this.pause();
    this.pending = null;
    clearTimeout(this.#settling);
    this.#page.state.set({ at: null });
  }

  play(): void {
    if (this.isPlaying) return this.pause();
    const { session } = this;
    if (this.#page.state.now.at === null && session) {
      this.#page.state.set({ at: isoSecond(Date.parse(session.opens_at) + 15 * STEP_MS) });
    }
    this.isPlaying = true;
    this.#playing = setInterval(() => this.#step(1, true), PLAY_MS);
    this.#page.redraw();
  }

  pause(): void {
    this.isPlaying = false;
    clearInterval(this.#playing);
    this.#page.redraw();
  }

  close(): void {
    this.pause();
    clearTimeout(this.#settling);
  }

  /** Read which minutes of the session have figures. */
  async read(): Promise<void> {
    const { symbol, expiry } = this.#page.filled;
    const { session } = this;
    if (!session || this.#page.lack !== null) return;
    const key = [symbol, expiry, session.date].join();
    if (key === this.#read && performance.now() - this.#readAt < STEP_MS) return;
    if (key !== this.#read) this.minutes = [];
    this.#read = key;
    this.#readAt = performance.now();
    try {
      const answer = await this.#api.get("/v1/metrics/expiry_series", {
        symbol, expiries: [expiry], indicator: "underlying", timeframe: "1min",
        from: session.opens_at, to: session.closes_at,
      });
      if (key !== this.#read) return;
      this.minutes = minutesOf(rowsOf(answer).map((row) => row["bucket_time"]), session);
    } catch {
      this.minutes = []; // the slider works without
    }
    this.#page.redraw();
  }

  #step(minutes: number, replace = false): void {
    const from = this.at === null ? this.newest : Date.parse(this.at);
    if (from === null) return;
    let time = Math.round(from / STEP_MS + (this.at === null && minutes < 0 ? 0.49 : 0)) * STEP_MS
      + minutes * STEP_MS;
    time = Math.max(this.#pastHole(time, Math.sign(minutes)), this.#oldest);
    if (this.newest !== null && time >= this.newest) return this.live();
    const at = isoSecond(time);
    if (replace) this.#page.state.set({ at }, { replace });
    else this.#goSoon(time);
  }

  // A step into a hole of the feed goes on to its end.
  #pastHole(time: number, way: number): number {
    const { session, minutes } = this;
    if (!session || minutes.length === 0) return time;
    const start = Date.parse(session.opens_at);
    let minute = Math.floor((time - 1) / STEP_MS - start / STEP_MS);
    let moved = time;
    while (minute >= 0 && minute < minutes.length && !minutes[minute]) {
      minute += way;
      moved += way * STEP_MS;
    }
    return minute >= 0 && minute < minutes.length ? moved : time;
  }

  #goSoon(time: number): void {
    const { newest } = this;
    if (newest !== null && time >= newest) return this.live();
    const at = isoSecond(Math.max(time, this.#oldest));
    this.pending = at;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.pending = null;
      // Back leads to live in one step, however often the slider moved.
      this.#page.state.set({ at }, { replace: this.#page.state.now.at !== null });
    }, SETTLE_MS);
    this.#page.redraw();
  }
}

function minutesOf(times: string[], session: Session): boolean[] {
  const start = Date.parse(session.opens_at);
  const count = Math.ceil((Date.parse(session.closes_at) - start) / STEP_MS);
  const minutes = new Array<boolean>(Math.max(count, 0)).fill(false);
  let last = -1;
  for (const time of times) {
    const minute = Math.floor((Date.parse(time) - start) / STEP_MS);
    if (minute < 0 || minute >= count) continue;
    // A feed that quotes every 64 s leaves a minute out now and then: that is no hole.
    const from = last >= 0 && minute - last <= SPARSE_MINUTES ? last : minute;
    minutes.fill(true, from, minute + 1);
    last = Math.max(last, minute);
  }
  return minutes.slice(0, last + 1);
}
