import type { View } from "./view.js";

const SOON_MS = 200; // where a browser does not say when it is idle

/**
 * Read the code of the views that were not shown yet, once the browser has nothing else to do:
 * the server may be away when they are. What fails is read when the view is shown.
 */
export function readAhead(views: readonly View[]): void {
  const read = () => {
    for (const { more } of views) more?.().catch(() => undefined);
  };
  if ("requestIdleCallback" in globalThis) requestIdleCallback(read);
  else setTimeout(read, SOON_MS);
}
