/**
 * Two helps for single fields. `select[data-zone-guess]` begins with the browser's own time zone.
 * `input[data-strength="#id"]` says in that element how a new password stands: its words come from
 * the element's `data-short` (with `{n}` for the missing characters), `data-fair` and `data-good`.
 */
import { find, findAll, on } from "./dom";

const SHORTEST = 12, GOOD = 20;

function guessZone(select: HTMLSelectElement): void {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = [...select.options].some((option) => option.value === zone);
  if (known) select.value = zone;
}

function strength(field: HTMLInputElement): void {
  const words = find(field.dataset["strength"] ?? "");
  if (!words) return;
  // Characters as people count them, not UTF-16 units.
  const length = [...field.value].length;
  const { short = "", fair = "", good = "" } = words.dataset;
  const kind = length === 0 ? "" : length < SHORTEST ? "short" : length < GOOD ? "fair" : "good";
  words.textContent = kind === "short" ? short.replace("{n}", String(SHORTEST - length)) : kind === "fair" ? fair : kind === "good" ? good : "";
  words.className = kind === "short" ? "field-hint is-warn" : kind ? "field-hint is-good" : "field-hint";
}

export function startFields(): void {
  for (const select of findAll<HTMLSelectElement>("select[data-zone-guess]")) guessZone(select);
  on("input", "input[data-strength]", (field) => strength(field as HTMLInputElement));
}
