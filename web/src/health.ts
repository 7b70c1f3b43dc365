/** A check of /health; only an administrator is told of each. */
export interface Check {
  readonly name: string;
  readonly state: string; // ok, bad, unknown
  readonly says: string | null;
  readonly remedy: string | null;
}

/** What /health says of everything behind the page. */
export interface Health {
  readonly status: "ok" | "degraded" | "down";
  readonly rows?: readonly Check[];
}

/** /health answers 503 while a check is bad, so its status is no error here. */
export async function readHealth(signal: AbortSignal): Promise<Health> {
  try {
    const response = await fetch("/health", { signal, cache: "no-store" });
    const health = await response.json() as Health;
    return ["ok", "degraded", "down"].includes(health.status) ? health : { status: "down" };
  } catch (error) {
    signal.throwIfAborted();
    return { status: "down" };
  }
}
