/**
 * The command palette (Ctrl-K). It offers what the page already holds (`[data-palette-item]`: the
 * navigation and the actions of this page) and, while someone types, what the server finds at
 * `data-src` (JSON, see README). Items are built as elements with text, never as HTML.
 */
import { find, findAll, icon, make, on } from "./dom";

interface Item { title: string; group: string; hint: string; icon: string; run: () => void }
interface Served { title?: unknown; group?: unknown; hint?: unknown; icon?: unknown; href?: unknown }
export interface Match { score: number; at: number[] }

/** Letters of `query` in order within `text`. Starts of words and runs count more; null = no. */
export function fuzzy(query: string, text: string): Match | null {
  const needle = query.toLocaleLowerCase().replace(/\s+/g, ""), hay = text.toLocaleLowerCase();
  const whole = hay.indexOf(query.toLocaleLowerCase().trim());
  if (needle && whole >= 0) {
    const bonus = whole === 0 || /[\s/·-]/.test(hay[whole - 1] ?? "") ? 40 : 0;
    return { score: 100 + bonus - whole, at: Array.from({ length: query.trim().length }, (_, i) => whole + i) };
  }
  const at: number[] = [];
  let score = 0, from = 0;
  for (const letter of needle) {
    const index = hay.indexOf(letter, from);
    if (index < 0) return null;
    score += index === from ? 6 : /[\s/·-]/.test(hay[index - 1] ?? " ") ? 8 : 1 - Math.min(4, index - from);
    at.push(index);
    from = index + 1;
  }
  return { score, at };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

class Palette {
  private readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private shown: Item[] = [];
  private served: Item[] = [];
  private active = 0;
  private asked: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly dialog: HTMLDialogElement) {
    this.input = find<HTMLInputElement>("input", dialog)!;
    this.list = find("[role=listbox]", dialog)!;
    this.input.addEventListener("input", () => this.changed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => this.choose(this.indexOf(event)));
    this.list.addEventListener("pointermove", (event) => this.select(this.indexOf(event)));
  }

  open(): void {
    if (this.dialog.open) return;
    this.input.value = "";
    this.served = [];
    this.dialog.showModal();
    this.draw();
  }

  private indexOf(event: Event): number {
    return findAll("[role=option]", this.list).indexOf((event.target as Element).closest("[role=option]") as HTMLElement);
  }

  private local(): Item[] {
    return findAll("[data-palette-item]").filter((e) => !e.matches(":disabled")).map((element) => ({
      title: element.dataset["paletteItem"] || (element.textContent ?? "").trim(),
      group: element.dataset["paletteGroup"] ?? "",
      hint: (element.dataset["shortcut"] ?? "").toUpperCase(),
      icon: /(?:^|\s)i-([a-z0-9-]+)/.exec(find(".icon", element)?.className ?? "")?.[1] ?? "arrow-right",
      run: () => element.click(),
    }));
  }

  private changed(): void {
    clearTimeout(this.timer);
    this.asked?.abort();
    const query = this.input.value.trim();
    if (!query) this.served = [];
    else this.timer = setTimeout(() => void this.fetch(query), 120);
    this.active = 0;
    this.draw();
  }

  private async fetch(query: string): Promise<void> {
    const source = this.dialog.dataset["src"];
    if (!source) return;
    this.asked = new AbortController();
    try {
      const url = `${source}?q=${encodeURIComponent(query)}`;
      const answer = await fetch(url, { signal: this.asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const body = (await answer.json()) as { items?: Served[] };
      this.served = (body.items ?? []).flatMap((item) => {
        const href = text(item.href);
        // Only places on this site: a path, never "//host" and never "javascript:".
        if (!/^\/(?!\/)/.test(href)) return [];
        return [{ title: text(item.title), group: text(item.group), hint: text(item.hint), icon: text(item.icon), run: () => location.assign(href) }];
      });
      this.draw();
    } catch {
      // Offline or superseded: the page's own items still work.
    }
  }

  private draw(): void {
    const query = this.input.value.trim();
    const ranked = this.local()
      .map((item) => ({ item, match: query ? fuzzy(query, item.title) : { score: 0, at: [] } }))
      .filter((entry): entry is { item: Item; match: Match } => entry.match !== null);
    const all = [...ranked, ...this.served.map((item) => ({ item, match: fuzzy(query, item.title) ?? { score: 0, at: [] } }))];
    // The group with the best match comes first; without a query the order of the page stays.
    if (query) all.sort((a, b) => b.match.score - a.match.score);
    const groups = [...new Set(all.map((entry) => entry.item.group))];
    const rows: HTMLElement[] = [];
    this.shown = [];
    for (const group of groups) {
      const heading = make("div", "palette-group", group);
      heading.setAttribute("role", "presentation");
      if (group) rows.push(heading);
      for (const entry of all.filter((candidate) => candidate.item.group === group).slice(0, 12)) {
        rows.push(this.row(entry.item, entry.match, this.shown.length));
        this.shown.push(entry.item);
      }
    }
    if (!rows.length) rows.push(make("p", "palette-empty", this.dialog.dataset["empty"] ?? ""));
    this.list.replaceChildren(...rows);
    this.select(Math.min(this.active, this.shown.length - 1));
  }

  private row(item: Item, match: Match, index: number): HTMLElement {
    const row = make("div", "palette-item");
    row.id = `palette-${index}`;
    row.setAttribute("role", "option");
    const title = make("span", "palette-item-title");
    for (const [i, letter] of [...item.title].entries()) {
      title.append(match.at.includes(i) ? make("mark", "", letter) : letter);
    }
    title.normalize();
    row.append(icon(item.icon), title);
    if (item.hint) row.append(make("span", "palette-item-hint", item.hint));
    return row;
  }

  private select(index: number): void {
    if (index < 0) return void this.input.removeAttribute("aria-activedescendant");
    this.active = index;
    for (const [i, row] of findAll("[role=option]", this.list).entries()) {
      row.setAttribute("aria-selected", String(i === index));
      if (i !== index) continue;
      row.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", row.id);
    }
  }

  private choose(index: number): void {
    const item = this.shown[index];
    if (!item) return;
    this.dialog.close();
    item.run();
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const count = this.shown.length;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && count) this.select((this.active + step + count) % count);
    else if (event.key === "Enter") this.choose(this.active);
    else return;
    event.preventDefault();
  }
}

export function startPalette(): void {
  const dialog = find<HTMLDialogElement>("dialog[data-palette]");
  if (!dialog) return;
  const palette = new Palette(dialog);
  on("click", "[data-palette-open]", () => palette.open());
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    palette.open();
  });
}
