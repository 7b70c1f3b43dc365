import { type TemplateResult, html, nothing } from "lit-html";

import type { Dashboard } from "./dashboard.js";
import { showHelp } from "./help.js";
import { narrowPrice } from "./numbers.js";
import type { Lack } from "./shown.js";
import { dateText, dayText, durationText, timeText, zoneText } from "./time.js";
import { isBaseLater } from "./view.js";
import { VIEWS } from "./views/index.js";

const FASTEST = 1000; // a past that is stored at once is no replay

/** Symbol, underlying, expiry, clock, badge, health; and the tabs of the views. */
export function drawHeader(page: Dashboard): TemplateResult {
  const { symbol } = page;
  return html`<header class="top">
    <a class="brand" href="/" @click=${(event: Event) => home(page, event)}>pgstrike</a>
    ${symbols(page)}
    ${symbol === null ? nothing : html`${spot(page)}${expiries(page)}${clock(page)}`}
    ${badge(page)}
    ${symbol?.is_simulated ? html`<span class="chip simulated">simulated</span>` : nothing}
    <span class="spacer"></span>
    ${health(page)}
    ${switches(page)}
  </header>
  <nav aria-label="Views">${VIEWS.map((view) => html`<button
      aria-current=${view === page.view ? "page" : "false"}
      @click=${() => page.state.set({ view: view.name })}>${view.title}</button>`)}
    <span class="spacer"></span>
    ${overs(page)}
  </nav>
  ${laterBase(page)}`;
}

function home(page: Dashboard, event: Event): void {
  event.preventDefault();
  page.state.set({ symbol: "", expiry: "", at: null, view: "chain" });
}

function symbols(page: Dashboard): TemplateResult {
  const chosen = page.filled.symbol;
  const known = page.bootstrap.symbols.map(({ symbol }) => symbol);
  const gone = chosen && !known.includes(chosen) ? [chosen] : [];
  return html`<label class="pick"><span class="unseen">Symbol</span>
    <select id="symbol" title="symbol (/)" @change=${(event: Event) =>
      page.state.set({ symbol: (event.target as HTMLSelectElement).value, expiry: "" })}>
      ${[...gone, ...known].map((symbol) => html`<option value=${symbol}
        ?selected=${symbol === chosen} .selected=${symbol === chosen}>${symbol}</option>`)}
    </select></label>`;
}

function expiries(page: Dashboard): TemplateResult {
  const { expiry: chosen } = page.filled;
  const known = page.symbol?.expiries ?? [];
  const gone = chosen && !known.some(({ expiry }) => expiry === chosen) ? [chosen] : [];
  return html`<label class="pick"><span class="unseen">Expiry</span>
    <select id="expiry" title="expiry (e)" @change=${(event: Event) =>
      page.state.set({ expiry: (event.target as HTMLSelectElement).value })}>
      ${[...gone, ...known.map(({ expiry }) => expiry)].map((expiry) => html`<option
        value=${expiry} .selected=${expiry === chosen}>${dateText(expiry)}</option>`)}
    </select></label>`;
}

function spot(page: Dashboard): TemplateResult {
  const { at } = page.filled;
  const live = page.liveChain;
  const underlying = at !== null ? page.spot.now?.underlying
    : live ? live.underlying : page.symbol?.underlying;
  const source = at !== null ? page.spot.now?.source : page.symbol?.underlying_source;
  return html`<span class="spot"><b>${narrowPrice(underlying)}</b>
    ${source ? html`<span class="source" title="its source"
      >${source}</span>` : nothing}</span>`;
}

function clock(page: Dashboard): TemplateResult | typeof nothing {
  const zone = page.symbol?.zone;
  if (page.clock === null || !zone) return nothing;
  return html`<time class="clock" datetime=${page.clock}>${dayText(page.clock, zone)}
    <b>${timeText(page.clock, zone)}</b> ${zoneText(zone, page.clock)}</time>`;
}

function badge(page: Dashboard): TemplateResult {
  const [name, text] = badgeOf(page);
  return html`<span class=${`badge is-${name}`} id="badge">${text}</span>`;
}

// What the page says of a chain that it does not show.
const LACKS: Readonly<Record<Lack, string>> = {
  quotes: "no quotes yet", "its quotes": "no quotes yet", symbol: "no such symbol",
  expiry: "no such expiry", look: "",
};

/** What the figures are: live, of a replay, polled, or of an instant. */
function badgeOf(page: Dashboard): [string, string] {
  const { at } = page.state.now;
  const zone = page.symbol?.zone ?? "UTC";
  if (at !== null) return ["past", `as of ${timeText(at, zone)}`];
  if (page.lack !== null) return ["waiting", LACKS[page.lack]];
  const { mode } = page.live;
  if (mode === "polling") return ["polling", "polling"];
  if (mode === "waiting") return ["waiting", "reconnecting"];
  if (mode === "connecting") return ["waiting", "connecting"];
  if (page.pace.isClosed(page)) return ["closed", "closed"];
  if (page.pace.isStale(page)) {
    return ["stale", `no figures for ${durationText(page.pace.silentMs(page) / 1000)}`];
  }
  const speed = page.pace.speed(page);
  if (speed !== null && speed > FASTEST) return ["replay", "catching up"];
  if (speed !== null && speed >= 1.5) return ["replay", `replay ${Math.round(speed)}x`];
  return ["live", "live"];
}

function health(page: Dashboard): TemplateResult {
  const status = page.health?.status ?? "unknown";
  const text = {
    ok: "healthy", degraded: "not healthy", down: "down", unknown: "health unknown",
  }[status];
  const bad = page.health?.rows?.filter(({ state }) => state === "bad") ?? [];
  const says = bad.map((check) => `${check.name}: ${check.says}`).join("\n")
    || "the server's checks: feeds, refresh, jobs";
  return html`<button class=${`health is-${status}`} @click=${() => page.state.set({ view: "desk" })}
    title=${says}>${text}</button>`;
}

function switches(page: Dashboard): TemplateResult {
  const { size, numbers, theme } = page.prefs;
  return html`<span class="switches">
    <button @click=${() => page.turn("size")} title="lots or units (u)">${size}</button>
    <button @click=${() => page.turn("numbers")} title="lakh and crore, or plain (n)">${numbers === "indian" ? "lakh" : "plain"}</button>
    <button @click=${() => page.turn("theme")} title="theme (t)">${theme}</button>
    <button @click=${showHelp} aria-label="Keys" title="keys (?)">?</button>
  </span>`;
}

const OVERS: [string, string][] = [["day", "day"], ["5m", "5 min"], ["15m", "15 min"], ["60m", "60 min"]];

function overs(page: Dashboard): TemplateResult {
  const { over } = page.state.now;
  return html`<span class="overs" role="group" aria-label="Change over">
    <span class="dim" aria-hidden="true">change over</span>
    ${OVERS.map(([name, text]) => html`<button aria-pressed=${name === over}
      @click=${() => page.state.set({ over: name })}>${text}</button>`)}
    ${since(page)}</span>`;
}

/** A time, with its day where that is not the day of another one. */
function instantText(iso: string, other: string, zone: string): string {
  const [day, time] = [dayText(iso, zone), timeText(iso, zone)];
  return day === dayText(other, zone) ? time : `${day} ${time}`;
}

/** The second instant of a comparison; before it is chosen, a button that takes the shown one. */
function since(page: Dashboard): TemplateResult {
  const { over } = page.state.now;
  const isSince = !OVERS.some(([name]) => name === over);
  const zone = page.symbol?.zone ?? "UTC";
  return html`<button aria-pressed=${isSince} ?disabled=${page.clock === null}
    title="count changes from the instant that is shown (c)" @click=${() => page.pin()}
    >${isSince ? `since ${instantText(over, page.clock ?? over, zone)}` : "since now"}</button>`;
}

function laterBase(page: Dashboard): TemplateResult | typeof nothing {
  const { state: { now }, clock, symbol } = page;
  if (!symbol || !isBaseLater({ state: now, newest: clock })) return nothing;
  const base = instantText(now.over, clock!, symbol.zone);
  return html`<p class="notice" role="status">No change since ${base}: the figures shown are
    older. Changes are since the previous close.</p>`;
}
