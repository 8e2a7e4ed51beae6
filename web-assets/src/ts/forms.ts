/**
 * Forms: a submit button shows that it works and cannot be pressed twice; Ctrl-Enter sends the
 * form of a text area marked `data-submit-keys`; `form[data-autosubmit]` sends itself on change;
 * the thin bar at the top shows any request that takes longer than a moment; the filter of a
 * `.picker` hides the rows that do not match.
 */
import { find, findAll, on } from "./dom";

function release(): void {
  for (const button of findAll('button[aria-busy="true"]')) button.removeAttribute("aria-busy");
  delete find("[data-loading-bar]")?.dataset["busy"];
}

export function startForms(): void {
  const bar = find("[data-loading-bar]");
  // Before anyone else sees it, htmx included, which would queue the second press.
  document.addEventListener("submit", (event) => {
    if (event.submitter?.getAttribute("aria-busy") !== "true") return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method === "dialog") return;
    event.submitter?.setAttribute("aria-busy", "true");
    if (bar) bar.dataset["busy"] = "";
  });
  on("keydown", "textarea[data-submit-keys]", (area, event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    (area as HTMLTextAreaElement).form?.requestSubmit();
  });
  on("change", "form[data-autosubmit]", (form) => (form as HTMLFormElement).requestSubmit());
  on("input", ".picker-filter", (field) => {
    const query = (field as HTMLInputElement).value.trim().toLocaleLowerCase();
    for (const row of findAll(".check", field.parentElement ?? field)) {
      row.hidden = !(row.textContent ?? "").toLocaleLowerCase().includes(query);
    }
  });
  // The stream's own request never ends and is not a thing to wait for.
  const waits = (event: Event): boolean => !(event.target as Element).hasAttribute?.("hx-sse:connect");
  document.addEventListener("htmx:before:request", (event) => {
    if (!waits(event)) return;
    const submitter: HTMLElement | undefined = (event as CustomEvent).detail.ctx?.request?.submitter;
    submitter?.setAttribute("aria-busy", "true");
    if (bar) bar.dataset["busy"] = "";
  });
  document.addEventListener("htmx:finally:request", (event) => { if (waits(event)) release(); });
  // Coming back through the browser's page cache shows the page as it was left: busy.
  window.addEventListener("pageshow", (event) => { if (event.persisted) release(); });
}
