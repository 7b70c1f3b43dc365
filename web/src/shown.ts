import type { Bootstrap, ExpiryFacts, SymbolFacts } from "./bootstrap.js";
import { isAsNew } from "./events.js";
import type { PastExpiries } from "./expiries.js";
import type { Live, LiveChain } from "./live.js";
import type { PageState, State } from "./state.js";
import type { View } from "./view.js";
import { VIEWS } from "./views/index.js";

/**
 * Why no chain is shown: no symbol has quotes, or that of the state has none, or there is no such
 * symbol or expiry; or the page looks whether there is that expiry.
 */
export type Lack = "quotes" | "its quotes" | "symbol" | "expiry" | "look";

/** What the page shows: its state, filled in from the newest bootstrap and the stream. */
export abstract class Shown {
  abstract readonly state: PageState;
  abstract readonly bootstrap: Bootstrap;
  abstract readonly live: Live;
  abstract readonly past: PastExpiries;

  /** The symbol that is shown: the state's, if the key may read it. */
  get symbol(): SymbolFacts | null {
    const { symbols } = this.bootstrap;
    const wanted = this.state.now.symbol;
    return wanted === ""
      ? symbols[0] ?? null
      : symbols.find(({ symbol }) => symbol === wanted) ?? null;
  }

  get expiry(): ExpiryFacts | null {
    const expiries = this.symbol?.expiries ?? [];
    const wanted = this.state.now.expiry;
    if (wanted !== "") return expiries.find(({ expiry }) => expiry === wanted) ?? null;
    return expiries.find((each) => !this.#isOver(each)) ?? expiries[0] ?? null;
  }

  /** Why no chain is shown; null: one is. Of one that is shown the server can be asked. */
  get lack(): Lack | null {
    const { symbol: wanted, expiry: date, at } = this.state.now;
    const { symbol, expiry } = this;
    if (symbol === null) {
      if (wanted === "") return "quotes";
      return this.bootstrap.waiting.includes(wanted) ? "its quotes" : "symbol";
    }
    if (at === null) return expiry === null || this.#isOver(expiry) ? "expiry" : null;
    if (expiry !== null || this.past.has(symbol.symbol, date)) return null;
    return this.past.at(symbol.symbol, at) === null ? "look" : "expiry";
  }

  #isOver({ expires_at }: ExpiryFacts): boolean {
    return Date.parse(expires_at) <= Date.parse(this.clockOf(this.symbol?.symbol ?? "") ?? "");
  }

  /** The newest clock of a symbol: the stream's, or that of the newest bootstrap. */
  clockOf(symbol: string): string | null {
    const known = this.bootstrap.symbols.find((each) => each.symbol === symbol)?.clock ?? null;
    const live = this.live?.clockOf(symbol) ?? null;
    return live !== null && (known === null || Date.parse(live) >= Date.parse(known))
      ? live : known;
  }

  /** The stream's figures of what is shown; null where those of the newest bootstrap are newer. */
  get liveChain(): LiveChain | null {
    const { symbol, expiry, at } = this.filled;
    const { mode, event } = this.live;
    const isNewest = mode === "streaming" || isAsNew(event, this.bootstrap.event);
    return at === null && isNewest ? this.live.chain(symbol, expiry) : null;
  }

  /** The state with its symbol and expiry filled in. */
  get filled(): State {
    const now = this.state.now;
    const expiry = now.expiry || this.expiry?.expiry || "";
    return { ...now, symbol: this.symbol?.symbol ?? now.symbol, expiry };
  }

  get view(): View {
    return VIEWS.find(({ name }) => name === this.state.now.view) ?? VIEWS[0]!;
  }

  /** The market's time that is shown. */
  get clock(): string | null {
    return this.state.now.at ?? this.clockOf(this.symbol?.symbol ?? "");
  }
}
