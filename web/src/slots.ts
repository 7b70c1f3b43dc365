import { PgstrikeError, RequestError } from "./api.js";
import { isAsNew } from "./events.js";
import { type State, print } from "./state.js";
import type { Context, Panel } from "./view.js";

const EVERY_MS = 2000;
const BY_CLOCK_MS = 5000; // at least, between two loads that no event asks for
const TOPICS = ["chain"];

/** A panel on the page, with the data that it shows. */
export interface Slot {
  readonly panel: Panel;
  data: any; // undefined: nothing came yet
  state: State | null; // what the page showed when the data was asked for
  error: string | null;
  isLoading: boolean;
  loadedAt: number; // when its newest load began, by performance.now()
  readonly load: () => void;
}

/** Loads the panels of a view: at once, when the state changes; at events, not too often. */
export class Slots {
  slots: Slot[] = [];
  readonly #context: (signal: AbortSignal, reload: () => void) => Context | null;
  readonly #changed: (isAwaited: boolean) => void;
  readonly #refused: (error: RequestError) => void;
  readonly #loading = new Map<Slot, AbortController>();
  readonly #due = new Map<Slot, ReturnType<typeof setTimeout>>();

  constructor(
    context: (signal: AbortSignal, reload: () => void) => Context | null,
    changed: (isAwaited: boolean) => void,
    refused: (error: RequestError) => void,
  ) {
    this.#context = context;
    this.#changed = changed;
    this.#refused = refused;
  }

  /** Show these panels, which keep no data of other ones. */
  show(panels: readonly Panel[]): void {
    this.close();
    this.slots = panels.map((panel) => {
      const slot: Slot = {
        panel, data: undefined, state: null, error: null, isLoading: false, loadedAt: -Infinity,
        load: () => void this.#load(slot),
      };
      return slot;
    });
  }

  /** Forget what they show: it is of another symbol or expiry. */
  clear(): void {
    for (const slot of this.slots) [slot.data, slot.state] = [undefined, null];
  }

  load(): void {
    for (const slot of this.slots) void this.#load(slot);
  }

  /** There is a new event of a topic, or a poll found one (null): load what is due. */
  beat(event: string, topic: string | null): void {
    for (const slot of this.slots) {
      if (slot.panel.every === null || this.#due.has(slot)) continue;
      if (topic !== null && !topicsOf(slot).includes(topic)) continue;
      if (!slot.error && isAsNew(slot.data?.event ?? "", event)) continue;
      const wait = slot.loadedAt + (slot.panel.every ?? EVERY_MS) - performance.now();
      const load = () => {
        this.#due.delete(slot);
        // After a slow answer, and not beside it.
        if (!slot.isLoading) void this.#load(slot);
        else this.#due.set(slot, setTimeout(load, 200));
      };
      this.#due.set(slot, setTimeout(load, Math.max(0, wait)));
    }
  }

  /** Load what no event of a chain tells of: tasks, health. */
  tick(): void {
    for (const slot of this.slots) {
      if (topicsOf(slot).includes("chain") || slot.isLoading) continue;
      const every = Math.max(slot.panel.every ?? EVERY_MS, BY_CLOCK_MS);
      if (performance.now() - slot.loadedAt >= every) void this.#load(slot);
    }
  }

  close(): void {
    for (const controller of this.#loading.values()) controller.abort();
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#loading.clear();
    this.#due.clear();
  }

  async #load(slot: Slot): Promise<void> {
    this.#loading.get(slot)?.abort();
    clearTimeout(this.#due.get(slot));
    this.#due.delete(slot);
    const controller = new AbortController();
    const context = this.#context(controller.signal, slot.load);
    if (context === null) return;
    this.#loading.set(slot, controller);
    slot.isLoading = true;
    slot.loadedAt = performance.now();
    // Nothing of what the page shows by its address is there yet.
    const isAwaited = slot.state === null || print(slot.state) !== print(context.state);
    try {
      const data: unknown = await slot.panel.load(context);
      if (controller.signal.aborted) return;
      slot.data = data;
      slot.state = context.state;
      slot.error = null;
    } catch (error) {
      if (controller.signal.aborted) return;
      if (error instanceof RequestError && error.status === 401) this.#refused(error);
      if (!(error instanceof PgstrikeError)) console.error(error);
      slot.error = error instanceof Error ? error.message : String(error);
    }
    slot.isLoading = false;
    this.#loading.delete(slot);
    this.#changed(isAwaited || slot.error !== null);
  }
}

const topicsOf = ({ panel }: Slot): readonly string[] => panel.topics ?? TOPICS;
