import type { Dashboard } from "./dashboard.js";
import { showHelp } from "./help.js";
import { VIEWS } from "./views/index.js";

/** Keys that a view listens to: `m` and `g` of the chain. */
export const VIEW_KEY = "pgstrike-key";

/** Listen to the keyboard, until the page ends. */
export function listenToKeys(page: Dashboard, signal: AbortSignal): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (press(page, event)) event.preventDefault();
  }, { signal });
}

/** Whether the key belongs to what has the focus. */
function isTyping(event: KeyboardEvent): boolean {
  const on = event.target;
  if (document.querySelector("dialog[open]")) return true;
  if (on instanceof HTMLInputElement) return on.type !== "range" || event.key !== "?";
  if (on instanceof HTMLSelectElement) return event.key !== "?";
  return on instanceof HTMLButtonElement && event.key === " ";
}

function press(page: Dashboard, { key, shiftKey }: KeyboardEvent): boolean {
  const view = VIEWS[Number(key) - 1];
  if (view) page.state.set({ view: view.name });
  else if (key === "ArrowLeft") page.timeline.step(shiftKey ? -15 : -1);
  else if (key === "ArrowRight") page.timeline.step(shiftKey ? 15 : 1);
  else if (key === " ") page.timeline.play();
  else if (key === "l") page.timeline.live();
  else if (key === "c") page.pin();
  else if (key === "/") document.getElementById("symbol")?.focus();
  else if (key === "e" || key === "E") turnExpiry(page, key === "e" ? 1 : -1);
  else if (key === "u") page.turn("size");
  else if (key === "n") page.turn("numbers");
  else if (key === "t") page.turn("theme");
  else if (key === "?") showHelp();
  else if (key === "m" || key === "g") dispatchEvent(new CustomEvent(VIEW_KEY, { detail: key }));
  else return false;
  return true;
}

function turnExpiry(page: Dashboard, way: number): void {
  const expiries = page.symbol?.expiries ?? [];
  if (expiries.length === 0) return;
  const { expiry } = page.filled;
  const at = expiries.findIndex((each) => each.expiry === expiry);
  const next = expiries[(at + way + expiries.length) % expiries.length]!;
  page.state.set({ expiry: next.expiry });
}
