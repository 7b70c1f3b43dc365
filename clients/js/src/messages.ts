import type { Panel } from "./panel.js";
import type { PanelQuery } from "./query.js";
import type { StreamEvent } from "./sse.js";
import type { Mode } from "./stream_options.js";

type Held = Pick<Panel, "clock" | "chains" | "event">;

/** What the tabs that share a panel say to each other. */
export type Message =
  | { kind: "wish"; query: PanelQuery | null; lacksState: boolean }
  | { kind: "count" } // the leader: who is there?
  | { kind: "again" } // the leader is to open the stream again
  | { kind: "state"; to: string; held: Held; query: PanelQuery; position: string; number: number; mode: Mode }
  | { kind: "query"; query: PanelQuery } // of the stream from now on
  | { kind: "frame"; number: number; event: StreamEvent }
  | { kind: "mode"; mode: Mode }
  | { kind: "error"; to: string; code: string; message: string; status: number | null };
