/** Times as the exchange's clock shows them; UTC stays in URLs and in SQL. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + Object.entries(options).join();
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
    formats.set(key, found);
  }
  return found;
}

const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
const MINUTE = { hour: "2-digit", minute: "2-digit" } as const;
const DAY = { day: "numeric", month: "short", year: "numeric" } as const;
const WEEKDAY = { weekday: "short", day: "numeric", month: "short" } as const;

export const timeText = (iso: string, zone: string): string =>
  format(zone, TIME).format(Date.parse(iso));

export const minuteText = (time: number, zone: string): string => format(zone, MINUTE).format(time);

/** Fri 29 Aug */
export const dayText = (iso: string, zone: string): string =>
  format(zone, WEEKDAY).format(Date.parse(iso)).replace(",", "");

/** A date without a time, such as an expiry: 2 Sept 2025 */
export const dateText = (date: string): string =>
  format("UTC", DAY).format(Date.parse(`${date}T00:00:00Z`));

/** IST, or GMT+5:30 where the zone has no letters in this browser. */
export function zoneText(zone: string, iso: string): string {
  if (zone === "Asia/Kolkata") return "IST";
  const parts = format(zone, { timeZoneName: "short" }).formatToParts(Date.parse(iso));
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
}

/** How long: 12 s, 3 min, 2 h 5 min, 3 days. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 1440)} days`;
}

/** The seconds of an interval of Postgres: 00:01:04, -00:00:05, 1 day 02:03:04.5 */
export function intervalSeconds(text: string | null): number | null {
  const found = /^(?:(-?\d+) days? ?)?(?:(-)?(\d+):(\d\d):(\d\d(?:\.\d+)?))?$/.exec(text ?? "");
  if (!found || !text) return null;
  const [, days = "0", sign, hours = "0", minutes = "0", seconds = "0"] = found;
  const clock = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return Number(days) * 86_400 + (sign ? -clock : clock);
}
