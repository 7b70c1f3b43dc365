import { type TemplateResult, html } from "lit-html";

import type { Row } from "../api.js";
import { strikeText } from "../numbers.js";
import { dateText } from "../time.js";

const LETTER: Readonly<Record<string, string>> = { call: "CE", put: "PE" };
// The same signs as in the ladder: filled where OI was opened, up where the price rose.
const BUILDUPS: Readonly<Record<string, readonly [string, string, string]>> = {
  long_buildup: ["▲", "LB", "long build-up"],
  short_buildup: ["▼", "SB", "short build-up"],
  short_covering: ["△", "SC", "short covering"],
  long_unwinding: ["▽", "LU", "long unwinding"],
};

/** 24500 CE, in the colour of its side. */
export const legText = (row: Row): TemplateResult => html`<span class=${`leg-${row["leg"]}`}>${
  strikeText(row["strike"])} ${LETTER[row["leg"]] ?? row["leg"]}</span>`;

/** 2 Sept, without its year. */
export const expiryText = (row: Row): string => dateText(row["expiry"]).replace(/ \d{4}$/, "");

export function buildupText(buildup: string | null): string | TemplateResult {
  const found = BUILDUPS[buildup ?? ""];
  if (!found) return "–";
  const [sign, letters, name] = found;
  return html`<span title=${name}>${sign} ${letters}</span>`;
}
