import type { Units } from "./view.js";

/** What this reader likes; it stays in this browser. */
export interface Prefs extends Units {
  readonly theme: "auto" | "light" | "dark";
}

const KEY = "pgstrike";
const START: Prefs = { size: "lots", numbers: "indian", theme: "auto" };

/** What a switch turns to. */
export const NEXT = {
  size: { lots: "units", units: "lots" },
  numbers: { indian: "plain", plain: "indian" },
  theme: { auto: "light", light: "dark", dark: "auto" },
} as const;

export function readPrefs(): Prefs {
  try {
    return { ...START, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return START; // storage is blocked, or holds something else
  }
}

export function keepPrefs(prefs: Prefs): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // It holds for this page then.
  }
}

const probe = document.createElement("span");
const colours = new Map<string, string>();

/** Put a theme in force. */
export function showTheme(theme: Prefs["theme"]): void {
  document.documentElement.dataset["theme"] = theme;
  colours.clear();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colours.clear());

/** A theme's colour as rgb(), which a canvas takes. */
export function colour(name: string): string {
  let found = colours.get(name);
  if (found === undefined) {
    probe.style.color = `var(--${name})`;
    document.documentElement.append(probe);
    found = getComputedStyle(probe).color;
    probe.remove();
    colours.set(name, found);
  }
  return found;
}
