/**
 * Relative times and countdowns. The server writes every time in the reader's zone; this only
 * keeps `[data-relative]` and `[data-countdown-to]` true while the page stands. Both follow the
 * server's clock, taken from `<meta name="server-now">`, because a reader's clock may be wrong.
 */
import { findAll, find, language } from "./dom";

const MINUTE = 60, HOUR = 3600, DAY = 86400;
let offsetMs = 0;
const now = (): number => Date.now() + offsetMs;

/** "4 min ago"; null for anything older than two weeks, where the server's text stays. */
export function relativeText(secondsAgo: number, lang: string): string | null {
  const format = new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: "short" });
  const age = Math.abs(secondsAgo);
  const sign = secondsAgo < 0 ? 1 : -1;
  if (age < 45) return format.format(0, "second");
  if (age < 45 * MINUTE) return format.format(sign * Math.max(1, Math.round(age / MINUTE)), "minute");
  if (age < 22 * HOUR) return format.format(sign * Math.max(1, Math.round(age / HOUR)), "hour");
  if (age < 14 * DAY) return format.format(sign * Math.max(1, Math.round(age / DAY)), "day");
  return null;
}

/** "02:14", "1:02:14" or "2 days 03:10"; the sign is told by words around it, never by the number. */
export function countdownText(seconds: number, lang: string): string {
  const total = Math.abs(Math.trunc(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  const minutes = Math.floor((total % HOUR) / MINUTE);
  if (total < HOUR) return `${two(minutes)}:${two(total % MINUTE)}`;
  if (total < DAY) return `${Math.floor(total / HOUR)}:${two(minutes)}:${two(total % MINUTE)}`;
  const days = new Intl.NumberFormat(lang, { style: "unit", unit: "day", unitDisplay: "short" }).format(Math.floor(total / DAY));
  return `${days} ${two(Math.floor((total % DAY) / HOUR))}:${two(minutes)}`;
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function tickRelative(): void {
  const lang = language();
  for (const element of findAll<HTMLTimeElement>("time[data-relative]")) {
    const text = relativeText((now() - Date.parse(element.dateTime)) / 1000, lang);
    if (text) setText(element, text);
  }
}

function tickCountdowns(): void {
  const lang = language();
  for (const clock of findAll("[data-countdown-to]")) {
    const left = (Date.parse(clock.dataset["countdownTo"] ?? "") - now()) / 1000;
    if (Number.isNaN(left)) continue;
    const text = find("[data-countdown-text]", clock) ?? clock;
    setText(text, countdownText(left, lang));
    const soon = Number(clock.dataset["soonSecs"] ?? 120);
    const urgency = left <= 0 ? "late" : left <= soon ? "soon" : "calm";
    if (clock.dataset["urgency"] === urgency) continue;
    clock.dataset["urgency"] = urgency;
    const label = find("[data-late]", clock);
    if (label && urgency === "late") setText(label, label.dataset["late"] ?? "");
  }
}

/** Ticks on the second, and at once after anything was swapped in. */
export function startClocks(): void {
  const serverNow = Date.parse(find<HTMLMetaElement>('meta[name="server-now"]')?.content ?? "");
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  // The server wrote its time just before the first byte arrived here.
  const arrived = performance.timeOrigin + (navigation?.responseStart ?? 0);
  if (!Number.isNaN(serverNow)) offsetMs = serverNow - arrived;
  const tick = (): void => {
    tickCountdowns();
    tickRelative();
  };
  const schedule = (): void => {
    setTimeout(() => { tick(); schedule(); }, 1000 - (now() % 1000));
  };
  tick();
  schedule();
  for (const event of ["htmx:after:settle", "htmx:after:swap", "visibilitychange"]) document.addEventListener(event, tick);
}
