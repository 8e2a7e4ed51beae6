/**
 * Keyboard shortcuts. The server decides which exist by writing `data-shortcut="g i"` on links,
 * buttons and fields; pressing the keys clicks or focuses that element. `j` and `k` walk the
 * `[data-list-item]`s of a page, and a shortcut inside the item that has the focus wins over one
 * of the same name elsewhere. `<html data-shortcuts="off">` turns all of it off (WCAG 2.1.4).
 */
import { find, findAll, make } from "./dom";
import { openDialog } from "./dialogs";

const PAUSE_MS = 1200;
let typed = "";
let timer: ReturnType<typeof setTimeout> | undefined;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select"));

const usable = (element: HTMLElement): boolean => !element.matches(':disabled, [aria-disabled="true"]');

/** The element for these keys: in the focused item first, then outside of all items. */
function elementFor(keys: string): HTMLElement | undefined {
  const matches = findAll(`[data-shortcut="${CSS.escape(keys)}"]`).filter(usable);
  const item = document.activeElement?.closest("[data-list-item]");
  const free = matches.filter((element) => !element.closest("[data-list-item]"));
  return matches.find((element) => item?.contains(element)) ?? free.find((element) => element.checkVisibility()) ?? free[0];
}

function press(element: HTMLElement): void {
  if (element.matches("input:not([type=submit], [type=button]), textarea, select")) element.focus();
  else element.click();
}

function walk(step: number): void {
  const links = findAll("[data-list-link]").filter((link) => link.checkVisibility());
  const item = document.activeElement?.closest("[data-list-item]");
  const at = links.findIndex((link) => item?.contains(link));
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + step))];
  next?.focus({ preventScroll: true });
  next?.closest("[data-list-item]")?.scrollIntoView({ block: "nearest" });
}

/** Fills the list in the help dialog from what the page offers right now. */
function fillHelp(): void {
  const list = find("[data-shortcut-list]");
  if (!list) return;
  const seen = new Set<string>();
  const rows = findAll("[data-shortcut]").flatMap((element) => {
    const keys = element.dataset["shortcut"] ?? "";
    if (seen.has(keys)) return [];
    seen.add(keys);
    const row = make("li");
    const label = element.dataset["shortcutLabel"] ?? element.getAttribute("aria-label") ?? element.textContent ?? "";
    const caps = make("span");
    caps.append(...keys.split(" ").map((key) => make("kbd", "", key)));
    row.append(label.trim(), caps);
    return [row];
  });
  list.replaceChildren(...rows);
}

function handle(key: string): boolean {
  clearTimeout(timer);
  typed = typed ? `${typed} ${key}` : key;
  if (key === "?") {
    typed = "";
    fillHelp();
    openDialog("shortcut-help");
    return true;
  }
  const element = elementFor(typed);
  if (element) {
    typed = "";
    press(element);
    return true;
  }
  if (typed === "j" || typed === "k") {
    walk(typed === "j" ? 1 : -1);
    typed = "";
    return true;
  }
  const started = findAll(`[data-shortcut^="${CSS.escape(typed)} "]`).length > 0;
  if (!started) typed = "";
  else timer = setTimeout(() => { typed = ""; }, PAUSE_MS);
  return started;
}

export function startShortcuts(): void {
  document.addEventListener("keydown", (event) => {
    if (document.documentElement.dataset["shortcuts"] === "off") return;
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length !== 1 || event.key === " " || isTyping(event.target)) return;
    if (find("dialog:modal")) return;
    if (handle(event.key)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest?.('[data-dialog="shortcut-help"]')) fillHelp();
  }, true);
}
