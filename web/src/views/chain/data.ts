import { type Answer, type Row, rowsOf } from "../../api.js";
import { type Context, baseOf } from "../../view.js";
import { type Ask, ofExpiry, pathOf } from "../ask.js";

const TRIES = 3;

/** What the ladder shows: all of one event. */
export interface ChainData {
  readonly event: string;
  readonly clock: string | null;
  readonly rows: Row[]; // of analytics.chain, by strike
  readonly changes: Map<number, Row>; // of analytics.oi_change
  readonly levels: Row | null; // of analytics.expiry_metrics
  readonly noChange: string | null; // why there is none, for example for a feed of yesterday's OI
  readonly biggest: { readonly call: number; readonly put: number }; // OI of a leg
}

/** The chain, its changes and its levels. */
export const asksOf = (ctx: Context): readonly [Ask, Ask, Ask] => [
  ofExpiry(ctx, "chain"),
  ofExpiry(ctx, "oi_change", baseOf(ctx)),
  ofExpiry(ctx, "expiry_metrics"),
];

/** The three answers, of one event: an older answer is asked for again. */
export async function loadChain(ctx: Context): Promise<ChainData> {
  let refused: string | null = null;
  const asks = asksOf(ctx);
  const answers: (Answer | null)[] = [null, null, null];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const newest = answers.find((answer) => answer !== null)?.event;
    await Promise.all(asks.map(async (ask, at) => {
      if (attempt > 0 && answers[at]?.event === newest) return;
      if (at === 1 && refused !== null) return;
      try {
        answers[at] = await ctx.api.get(pathOf(ask), {}, ctx.signal);
      } catch (error) {
        // Without a base the chain is shown all the same.
        if (at !== 1 || ctx.signal.aborted) throw error;
        refused = error instanceof Error ? error.message : String(error);
      }
    }));
    const events = new Set(answers.filter((answer) => answer !== null).map(({ event }) => event));
    if (ctx.state.at !== null || events.size <= 1) break;
  }
  return joined(answers, refused);
}

function joined([chain, changes, levels]: (Answer | null)[], refused: string | null): ChainData {
  const rows = rowsOf(chain!);
  const biggest = (leg: string) => Math.max(1, ...rows.map((row) => row[`${leg}_oi`] ?? 0));
  return {
    event: chain!.event,
    clock: rows[0]?.["as_of"] ?? chain!.clock,
    rows,
    changes: new Map((changes ? rowsOf(changes) : []).map((row) => [row["strike"], row])),
    levels: levels ? rowsOf(levels)[0] ?? null : null,
    noChange: refused,
    biggest: { call: biggest("call"), put: biggest("put") },
  };
}
