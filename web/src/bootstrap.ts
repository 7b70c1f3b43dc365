import { type Api } from "./api.js";

/** GET /v1/bootstrap: who asks, and what there is to show. Times are ISO 8601 in UTC. */
export interface Bootstrap {
  readonly version: string;
  readonly event: string;
  readonly key: {
    readonly name: string;
    readonly symbols: string[] | null; // null: all
    readonly topics: string[] | null;
    readonly is_admin: boolean;
  };
  readonly topics: string[];
  readonly symbols: SymbolFacts[];
  readonly waiting: readonly string[]; // symbols that have no quotes yet
}

export interface SymbolFacts {
  readonly symbol: string;
  readonly exchange: string;
  readonly currency: string;
  readonly zone: string; // of the exchange: Asia/Kolkata
  readonly source_kind: string | null;
  readonly is_simulated: boolean;
  readonly exercise_style: "european" | "american" | null; // of its options
  readonly clock: string | null;
  readonly committed_at: string | null;
  readonly wall_pace_seconds: number | null; // usual time between its chains, by our clock
  readonly market_pace_seconds: number | null; // the same by the market's
  readonly underlying: number | null;
  readonly underlying_source: string | null;
  readonly first: string | null;
  readonly last: string | null;
  readonly quotes_from: string | null; // raw quotes of before may be gone
  readonly session: Session | null;
  readonly previous_session: Session | null;
  readonly expiries: ExpiryFacts[];
}

export interface Session {
  readonly date: string;
  readonly opens_at: string;
  readonly closes_at: string;
}

export interface ExpiryFacts {
  readonly expiry: string;
  readonly expires_at: string;
  readonly lot: number | null;
  readonly strike_gap: number | null;
  readonly strikes: number;
  readonly atm: number | null;
  readonly underlying: number | null;
  readonly quote_time: string | null;
  readonly forward: number | null;
  readonly forward_source: string | null;
}

export const readBootstrap = (api: Api, signal?: AbortSignal): Promise<Bootstrap> =>
  api.json<Bootstrap>("/v1/bootstrap", {}, signal);
