import type { Api } from "./api.js";

/** What /health says; an administrator is told of each check. */
export interface Health {
  readonly status: "ok" | "degraded" | "down";
  readonly checks?: readonly {
    readonly name: string; readonly state: string; readonly detail?: string;
  }[];
}

/** /health answers 503 while a check is bad, so its status is no error here. */
export async function readHealth(_: Api, signal: AbortSignal): Promise<Health> {
  const response = await fetch("/live", { signal, cache: "no-store" });
  return response.ok ? { status: "ok" } : { status: "down" };
}
