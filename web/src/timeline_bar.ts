import { type TemplateResult, html, nothing } from "lit-html";

import type { Dashboard } from "./dashboard.js";
import { minuteText, timeText } from "./time.js";
import type { Timeline } from "./timeline.js";

/** The slider over every panel: any instant of the session. */
export function drawTimeline(page: Dashboard, line: Timeline): TemplateResult | typeof nothing {
  const { session } = line;
  const zone = page.symbol?.zone;
  if (!session || !zone) return nothing;
  const opens = Date.parse(session.opens_at);
  const closes = Date.parse(session.closes_at);
  const shown = line.at === null ? line.newest ?? closes : Date.parse(line.at);
  const text = timeText(new Date(shown).toISOString(), zone);
  return html`<div class="timeline" role="group" aria-label="Time">
    <button @click=${() => line.step(-1)} aria-label="A minute back" title="a minute back (←)"
      >◂</button>
    <button @click=${() => line.play()} aria-pressed=${line.isPlaying}
      aria-label=${line.isPlaying ? "Pause" : "Play"} title="play (space)"
      >${line.isPlaying ? "❚❚" : "▶"}</button>
    <button @click=${() => line.step(1)} aria-label="A minute on" title="a minute on (→)"
      >▸</button>
    <span class="edge">${minuteText(opens, zone)}</span>
    <span class="track">
      <span class="holes" .style=${`background-image:${holes(line.minutes, opens, closes)}`}></span>
      <input type="range" aria-label="Instant shown" aria-valuetext=${text}
        min=${opens} max=${closes} step="1000"
        .value=${String(Math.min(Math.max(shown, opens), closes))}
        @input=${(event: Event) => line.slide(Number((event.target as HTMLInputElement).value))}>
    </span>
    <span class="edge">${minuteText(closes, zone)}</span>
    <output title="instant shown">${text}</output>
    <button class="go-live" ?disabled=${line.at === null} @click=${() => line.live()}
      title="live (l)">live</button>
  </div>`;
}

/** Where the feed had figures, as a picture of the track's background. */
function holes(minutes: boolean[], opens: number, closes: number): string {
  const whole = (closes - opens) / 60_000;
  if (minutes.length === 0 || whole <= 0) return "none";
  const stops: string[] = [];
  const at = (minute: number) => `${((100 * minute) / whole).toFixed(2)}%`;
  let start = 0;
  for (let minute = 1; minute <= minutes.length; minute += 1) {
    if (minute < minutes.length && minutes[minute] === minutes[start]) continue;
    const colour = minutes[start] ? "var(--track)" : "transparent";
    stops.push(`${colour} ${at(start)} ${at(minute)}`);
    start = minute;
  }
  stops.push(`transparent ${at(minutes.length)} 100%`);
  return `linear-gradient(to right,${stops.join(",")})`;
}
