type Envelope<M> = { from: string; message: M };

/** What a tab does as one of several. */
export interface Member<M> {
  /** This tab leads from now on. */
  lead(): void;
  take(message: M, from: string): void;
}

/**
 * The tabs of a browser that have one name in common; one of them leads, as it holds a lock.
 * When it is closed another gets the lock. No browser freezes a page that holds one.
 *
 * Locks are there on secure pages only. Elsewhere, and in Node, each tab leads itself.
 */
export class Tabs<M> {
  readonly me = crypto.getRandomValues(new Uint32Array(2)).join("-");
  isLeader = false;
  readonly #name: string;
  readonly #member: Member<M>;
  readonly #signal: AbortSignal;
  readonly #channel: BroadcastChannel | null = null;

  constructor(name: string, member: Member<M>, signal: AbortSignal) {
    this.#name = name;
    this.#member = member;
    this.#signal = signal;
    if (!globalThis.navigator?.locks || !globalThis.document) return;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => {
      const { message, from } = data as Envelope<M>;
      this.#member.take(message, from);
    };
    signal.addEventListener("abort", () => this.#channel?.close());
  }

  start(): void {
    if (!this.#channel) return void this.#lead();
    const lead = () => this.#lead();
    navigator.locks.request(this.#name, { signal: this.#signal }, lead).catch(() => undefined);
  }

  say(message: M): void {
    const envelope: Envelope<M> = { from: this.me, message };
    if (!this.#signal.aborted) this.#channel?.postMessage(envelope);
  }

  #lead(): Promise<void> {
    this.isLeader = true;
    this.#member.lead();
    return new Promise((resolve) => this.#signal.addEventListener("abort", () => resolve()));
  }
}
