import { type TemplateResult, html, nothing } from "lit-html";

import { csvOf, download, drawnOf } from "./csv.js";
import { announce, copy, showDialog, showText } from "./dialog.js";
import { isAsNew } from "./events.js";
import { counted } from "./numbers.js";
import type { Slot } from "./slots.js";
import { isoInstant, print } from "./state.js";
import { durationText, timeText } from "./time.js";
import type { Context } from "./view.js";

/** A panel in its box: title, age, SQL, CSV, link, and what the panel itself draws. */
export function drawPanel(slot: Slot, page: Context): TemplateResult {
  const { panel, data } = slot;
  const ctx = contextOf(slot, page);
  const classes = ["panel", `panel-${panel.name}`, `is-${panel.size ?? "half"}`];
  if (slot.isLoading) classes.push("is-loading");
  const isOld = print({ ...ctx.state, view: page.state.view }) !== print(page.state);
  if (isOld) classes.push("is-old");
  const has = data !== undefined;
  const sql = panel.sql(ctx.state, ctx);
  const csv = panel.csv(ctx.state, ctx);
  return html`<section class=${classes.join(" ")} aria-labelledby=${`title-${panel.name}`}
    aria-busy=${isOld}>
    <header>
      <h2 id=${`title-${panel.name}`}>${panel.title}</h2>
      ${has ? age(slot, ctx) : nothing}
      <span class="tools">
        ${sql === null ? nothing : html`<button @click=${() => showText(panel.title, sql)}
          aria-label=${`SQL of ${panel.title}`}>SQL</button>`}
        ${csv === null ? nothing : html`<button @click=${() => void saveCsv(slot, csv, ctx)}
          aria-label=${`CSV of ${panel.title}`}>CSV</button>`}
        <button @click=${() => void copyLink(slot, ctx)}
          aria-label=${`Link to ${panel.title}`}>link</button>
      </span>
    </header>
    ${slot.error === null ? nothing : html`<p class="error" role="alert">${slot.error}</p>`}
    <div class="body">${has ? panel.render(data, ctx)
      : slot.error === null ? html`<p class="loading">loading …</p>` : nothing}</div>
  </section>`;
}

// Data stays until that of the next instant has come: all about it is of its own state.
function contextOf({ data, state }: Slot, page: Context): Context {
  const isStreamed = page.state.at === null && (state ?? page.state).at === null
    && (data === undefined || isAsNew(page.liveEvent, data.event ?? ""));
  return { ...page, state: state ?? page.state, live: isStreamed ? page.live : null };
}

/** The market's instant of a panel's data. */
export function asOf(slot: Slot, ctx: Context): string | null {
  const { panel, data } = slot;
  return panel.asOf ? panel.asOf(data, ctx) : ctx.state.at ?? data?.clock ?? null;
}

export function eventOf(slot: Slot, ctx: Context): string | null {
  const { panel, data } = slot;
  return panel.eventOf ? panel.eventOf(data, ctx) : data?.event ?? null;
}

function age(slot: Slot, ctx: Context): TemplateResult | typeof nothing {
  const instant = asOf(slot, ctx);
  if (instant === null) return nothing;
  const event = eventOf(slot, ctx) ?? "";
  const clock = ctx.state.at ?? ctx.symbol.clock;
  const behind = clock === null ? 0 : (Date.parse(clock) - Date.parse(instant)) / 1000;
  return html`<time class="age" datetime=${instant} data-event=${event}
    title=${`as of ${instant}, event ${event}`}>${timeText(instant, ctx.symbol.zone)}${
      behind >= 90 ? html` <span class="late">${durationText(behind)} old</span>` : nothing
    }</time>`;
}

async function saveCsv({ panel }: Slot, path: string, ctx: Context): Promise<void> {
  const name = [ctx.state.symbol, ctx.state.expiry, panel.name].join("-").toLowerCase();
  try {
    const all = await ctx.api.get(path, {});
    const answer = panel.drawn ? drawnOf(all, panel.drawn) : all;
    download(`${name}.csv`, csvOf(answer));
    announce(`${counted(answer.rows.length, "row")} saved.`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    showDialog(panel.title, html`<p class="error" role="alert">No file was saved: ${why}</p>`);
  }
}

/** A link that shows another reader the same figures: it names the instant. */
async function copyLink(slot: Slot, ctx: Context): Promise<void> {
  const instant = slot.data === undefined ? null : asOf(slot, ctx);
  const at = instant === null ? ctx.state.at : isoInstant(instant);
  const link = location.origin + location.pathname + print({ ...ctx.state, at });
  if (!(await copy(link))) showText("Link", link);
  else announce("The link is copied.");
}
