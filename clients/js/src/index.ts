/** Read option-chain analytics from a pgstrike server. */

export type { Answer, Metric, Parameter } from "./answer.js";
export { Client } from "./client.js";
export type { ClientOptions, ReadOptions, WatchOptions } from "./client.js";
export {
  FrameTooLongError,
  PgstrikeError,
  RequestError,
  UnavailableError,
} from "./errors.js";
export { Panel, PanelStream } from "./panel.js";
export type { Chain, Row } from "./panel.js";
export type { ChainQuery, MetricQuery, PanelQuery, SeriesQuery, StreamQuery } from "./query.js";
export { SharedPanel } from "./shared.js";
export type { SharedOptions, SharedSource } from "./shared.js";
export { Parser } from "./sse.js";
export type { StreamEvent } from "./sse.js";
export { Stream } from "./stream.js";
export type { Mode, StreamOptions, Timing } from "./stream_options.js";
