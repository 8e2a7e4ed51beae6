/**
 * Copy buttons: `data-copy="#selector"` copies the text of an element, `data-copy-text="…"` the
 * given text. `navigator.clipboard` needs https; on plain http inside a company network the old
 * way through a selection still works.
 */
import { announce, find, make, on } from "./dom";

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", "visually-hidden");
    area.value = text;
    area.readOnly = true;
    // Inside a modal dialog nothing outside of it can take the selection.
    (find("dialog:modal") ?? document.body).append(area);
    const before = document.activeElement;
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    return done;
  }
}

export function startCopy(): void {
  on("click", "[data-copy], [data-copy-text]", (button) => {
    const selector = button.dataset["copy"];
    const source = selector ? find(selector) : null;
    const text = button.dataset["copyText"] ?? (source instanceof HTMLInputElement ? source.value : source?.textContent) ?? "";
    void copy(text.trim()).then((done) => {
      if (!done) return;
      button.dataset["copied"] = "";
      announce(button.dataset["copiedLabel"] ?? "");
      setTimeout(() => delete button.dataset["copied"], 2000);
    });
  });
}
