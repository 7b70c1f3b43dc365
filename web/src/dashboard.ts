import { html, render } from "lit-html";

import { readAhead } from "./ahead.js";
import { type Api, RequestError } from "./api.js";
import { type Bootstrap, readBootstrap } from "./bootstrap.js";
import { announce } from "./dialog.js";
import { Drawing } from "./drawing.js";
import { type Health, readHealth } from "./health.js";
import { PastExpiries } from "./expiries.js";
import { drawHeader } from "./header.js";
import { listenToKeys } from "./keys.js";
import { Live } from "./live.js";
import { noChain, noCode } from "./nothing.js";
import { Pace } from "./pace.js";
import { drawPanel } from "./panel_box.js";
import { NEXT, type Prefs, colour, keepPrefs, readPrefs, showTheme } from "./prefs.js";
import { Shown } from "./shown.js";
import { Sleep } from "./sleep.js";
import { Slots } from "./slots.js";
import { PastSpot } from "./spot.js";
import { PageState, type State, isoInstant } from "./state.js";
import { Timeline } from "./timeline.js";
import { drawTimeline } from "./timeline_bar.js";
import type { Context, View } from "./view.js";
import { VIEWS } from "./views/index.js";

const BOOTSTRAP_MS = 20_000; // between two looks for new symbols, expiries, sessions
const SOON_MS = 900; // less than a tick
const HEALTH_MS = 15_000;
const TICK_MS = 1000; // ages grow also while nothing comes
const TOPICS = ["chain", "task", "ops", "alert", "prediction"];

/** The page: what it loads, and when it is drawn. */
export class Dashboard extends Shown {
  readonly state: PageState;
  bootstrap!: Bootstrap;
  prefs: Prefs = readPrefs();
  live!: Live; // from open() on
  health: Health | null = null;
  readonly pace = new Pace();
  readonly timeline: Timeline;
  readonly spot: PastSpot;
  readonly past: PastExpiries;
  readonly #root: HTMLElement;
  readonly #api: Api;
  readonly #refused: (code: string, message: string) => void;
  readonly #slots: Slots;
  readonly #sleep = new Sleep();
  readonly #ended = new AbortController();
  readonly #drawing = new Drawing(() => this.#draw(), this.#ended.signal);
  #shown = ""; // the view that the slots are of
  #lacksCode = false; // of the view
  #shownChain = ""; // the symbol and expiry that the slots are of
  #bootstrapAt = -Infinity;
  #hasFigures = false; // of any panel

  constructor(root: HTMLElement, api: Api, refused: (code: string, message: string) => void) {
    super();
    this.#root = root;
    this.#api = api;
    this.#refused = refused;
    this.state = new PageState(this.#ended.signal);
    this.timeline = new Timeline(this, api);
    this.spot = new PastSpot(this, api);
    this.past = new PastExpiries(this, api, () => this.#moved(this.state.now, null));
    this.#slots = new Slots(
      (signal, reload) => this.#context(signal, reload),
      (isAwaited) => this.#loaded(isAwaited),
      (error) => this.#leave(error.code, error.message),
    );
  }

  /** Read what there is, and show it. An UnavailableError: it can be opened again later. */
  async open(): Promise<void> {
    try {
      this.bootstrap = await readBootstrap(this.#api, this.#ended.signal);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return this.#leave(error.code, error.message);
    }
    const { topics } = this.bootstrap.key;
    const mine = TOPICS.filter((topic) => topics === null || topics.includes(topic));
    this.live = new Live(this.#api, this.bootstrap.key.name, mine, {
      beat: () => this.#beat("chain"),
      mode: () => this.redraw(),
      refused: (code, message) => this.#leave(code, message),
      other: ({ id, type }) => this.#slots.beat(id, type),
    });
    this.state.subscribe((now, before) => this.#moved(now, before));
    listenToKeys(this, this.#ended.signal);
    document.addEventListener("visibilitychange", () => {
      this.#wake();
      this.#beat(null);
    }, this.#ended);
    addEventListener("online", () => this.live.again(), this.#ended);
    addEventListener("resize", () => this.redraw(), this.#ended);
    this.#every(TICK_MS, async () => {
      this.#wake();
      // Nothing streams yet that would tell of the first quotes.
      if (this.#isAwaited) this.#readBootstrapSoon();
      this.#slots.tick();
    });
    this.#every(BOOTSTRAP_MS, async () => {
      await this.#readBootstrap();
      if (!this.#isOfShown) this.#moved(this.state.now, null);
    });
    this.#every(HEALTH_MS, async () => {
      this.health = await readHealth(this.#ended.signal);
    });
    this.#moved(this.state.now, null);
  }

  /** Count changes from the instant that is shown. */
  pin(): void {
    if (this.clock !== null) this.state.set({ over: isoInstant(this.clock) });
  }

  /** Turn a switch. */
  turn(name: keyof Prefs): void {
    const next: Record<string, string> = NEXT[name];
    this.prefs = { ...this.prefs, [name]: next[this.prefs[name]] };
    keepPrefs(this.prefs);
    showTheme(this.prefs.theme);
    this.redraw();
  }

  /** Draw the page again. */
  redraw(): void {
    this.#drawing.now();
  }

  #loaded(isAwaited: boolean): void {
    if (isAwaited) this.redraw();
    else this.#drawing.soon();
    if (this.#hasFigures) return;
    this.#hasFigures = true;
    readAhead(VIEWS);
  }

  #draw(): void {
    const context = this.#context(this.#ended.signal, () => undefined);
    const title = context ? `${context.state.symbol} ${this.view.title} · pgstrike` : "pgstrike";
    if (document.title !== title) document.title = title;
    // Where neither stream nor polls come, the last figures stay, in grey.
    const { mode, event } = this.live;
    const isCut = this.state.now.at === null
      && (mode === "waiting" || (mode === "connecting" && event !== ""));
    document.body.classList.toggle("stale", isCut || this.pace.isStale(this));
    render(html`${drawHeader(this)}
      ${drawTimeline(this, this.timeline)}
      <main class=${`view-${this.view.name}`}>${context === null
        ? noChain(this)
        : this.#lacksCode
        ? noCode()
        : this.#slots.slots.map((slot) => drawPanel(slot, { ...context, reload: slot.load }))}
      </main>
      <footer><a href="/licences">licences</a> <span>pgstrike ${this.bootstrap.version}</span>
      </footer>`, this.#root);
  }

  #context(signal: AbortSignal, reload: () => void): Context | null {
    const { symbol, filled: state } = this;
    if (symbol === null || this.lack !== null || this.#ended.signal.aborted) return null;
    return {
      state, symbol, signal, reload, colour,
      bootstrap: this.bootstrap,
      expiry: this.expiry,
      api: this.#api,
      units: this.prefs,
      live: state.at === null ? this.live.chain(state.symbol, state.expiry) : null,
      newest: this.clockOf(symbol.symbol),
      liveEvent: this.live.event,
      event: this.live.event || this.bootstrap.event,
      set: (part) => this.state.set(part),
      redraw: () => this.redraw(),
    };
  }

  #moved(_: State, before: State | null): void {
    if (this.#shown !== this.view.name) {
      this.#shown = this.view.name;
      this.#slots.show(this.view.panels);
      void this.#readPanels(this.view);
      if (before) announce(this.view.title);
    }
    this.#watch();
    const { symbol, expiry } = this.filled;
    if (!this.#isOfShown) this.#slots.clear();
    this.pace.beat(symbol, this.clockOf(symbol));
    this.#shownChain = `${symbol} ${expiry}`;
    this.#slots.load();
    void this.timeline.read();
    void this.spot.read();
    void this.past.read();
    this.redraw();
  }

  // A view whose code could not be read is tried again when the page moves.
  async #readPanels({ name, more }: View): Promise<void> {
    this.#lacksCode = false;
    if (!more) return;
    const panels = await more().catch(() => null);
    if (this.#shown !== name || this.#ended.signal.aborted) return;
    if (panels === null) {
      this.#lacksCode = true;
      this.#shown = "";
    } else {
      this.#slots.show(panels);
      this.#slots.load();
    }
    this.redraw();
  }

  async #readBootstrap(): Promise<void> {
    this.#bootstrapAt = performance.now();
    this.bootstrap = await readBootstrap(this.#api, this.#ended.signal);
    this.#beatAll();
    this.#watch();
    void this.timeline.read();
  }

  // An expiry that ends changes what is front. Nothing else is worth a look at each event.
  #readBootstrapSoon(): void {
    if (performance.now() - this.#bootstrapAt < SOON_MS) return;
    this.#bootstrapAt = performance.now();
    this.#readBootstrap().then(
      () => this.#ended.signal.aborted || this.#moved(this.state.now, null), () => undefined,
    );
  }

  // Whether the slots are of the symbol and the expiry that are to be shown.
  get #isOfShown(): boolean {
    const { symbol, expiry } = this.filled;
    return this.#shownChain === `${symbol} ${expiry}`;
  }

  // Whether the first quotes are to be shown as soon as they come.
  get #isAwaited(): boolean {
    return this.lack === "its quotes" || !this.bootstrap.symbols.some(({ expiries }) => expiries[0]);
  }

  #watch(): void {
    const { symbol, expiry, at } = this.filled;
    this.live.watch(at === null && this.lack === null ? { symbol, expiry } : null);
  }

  // Nothing of before the sleep is sure: the connection, the session, the expiries.
  #wake(): void {
    if (!this.#sleep.ended()) return;
    this.live.again();
    this.#readBootstrap().catch(() => undefined); // it is read again soon
  }

  #beatAll(): void {
    for (const { symbol } of this.bootstrap.symbols) {
      this.pace.beat(symbol, this.clockOf(symbol));
    }
  }

  // There are new figures of a topic, or of any (null).
  #beat(topic: string | null): void {
    this.#beatAll();
    if (this.state.now.at !== null || document.hidden) return;
    if (this.lack !== null || !this.#isOfShown) return this.#readBootstrapSoon();
    this.#slots.beat(this.live.event, topic);
    this.#drawing.live();
  }

  /** Do something now and every so often, while the page is seen. What fails is tried again. */
  #every(ms: number, work: () => Promise<void>): void {
    const turn = async () => {
      if (document.hidden) return;
      try {
        await work();
        this.#drawing.soon();
      } catch (error) {
        if (this.#ended.signal.aborted) return;
        if (error instanceof RequestError && error.status === 401) {
          this.#leave(error.code, error.message);
        }
      }
    };
    const timer = setInterval(() => void turn(), ms);
    this.#ended.signal.addEventListener("abort", () => clearInterval(timer));
    if (ms === HEALTH_MS) void turn();
  }

  // The session has ended: everything stops, and the page asks for a key.
  #leave(code: string, message: string): void {
    if (this.#ended.signal.aborted) return;
    this.timeline.close();
    this.#ended.abort();
    this.live?.close();
    this.#slots.close();
    document.body.classList.remove("stale");
    this.#refused(code, message);
  }
}
