import { type TemplateResult, html } from "lit-html";

import type { Row } from "../api.js";
import { DASH, strikeText } from "../numbers.js";
import { dateText } from "../time.js";

const LETTER: Readonly<Record<string, string>> = { call: "CE", put: "PE" };
// A sign is filled where OI was opened, and points up where the price rose.
const BUILDUPS: Readonly<Record<string, readonly [string, string, string]>> = {
  long_buildup: ["▲", "LB", "long build-up: price up, OI up"],
  short_buildup: ["▼", "SB", "short build-up: price down, OI up"],
  short_covering: ["△", "SC", "short covering: price up, OI down"],
  long_unwinding: ["▽", "LU", "long unwinding: price down, OI down"],
};

/** 24500 CE, in the colour of its side. */
export const legText = (row: Row): TemplateResult => html`<span class=${`leg-${row["leg"]}`}>${
  strikeText(row["strike"])} ${LETTER[row["leg"]] ?? row["leg"]}</span>`;

/** 2 Sept, without its year. */
export const expiryText = (row: Row): string => dateText(row["expiry"]).replace(/ \d{4}$/, "");

export function buildupText(buildup: string | null | undefined): string | TemplateResult {
  const found = BUILDUPS[buildup ?? ""];
  if (!found) return DASH;
  const [sign, letters, meaning] = found;
  return html`<span class=${`bu bu-${letters.toLowerCase()}`} title=${meaning}>${sign} ${letters}</span>`;
}
