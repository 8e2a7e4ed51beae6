/**
 * Toasts lie in `#toasts`, a polite live region of the shell. The server adds `.toast[data-toast]` by a partial; a request that
 * failed without an answer shows the shell's `<template id="toast-failed">`. A toast leaves after
 * `data-timeout` milliseconds unless someone points at it or it has the focus; one without the
 * attribute stays until closed.
 */
import { find, findAll, on } from "./dom";

const seen = new WeakSet<Element>();

function leave(toast: HTMLElement): void {
  toast.remove();
}

function settle(): void {
  const region = find("#toasts");
  if (!region) return;
  for (const toast of findAll("[data-toast]", region)) {
    if (seen.has(toast)) continue;
    seen.add(toast);
    const ms = Number(toast.dataset["timeout"]);
    if (!ms) continue;
    const wait = (): void => {
      if (toast.matches(":hover, :focus-within")) setTimeout(wait, 1000);
      else leave(toast);
    };
    setTimeout(wait, ms);
  }
  while (region.childElementCount > 4) region.firstElementChild?.remove();
}

/** Shows the shell's template with this id, with an optional second line. */
export function showTemplate(id: string, detail = ""): void {
  const template = find<HTMLTemplateElement>(`template#${id}`);
  const region = find("#toasts");
  if (!template || !region) return;
  const copy = template.content.cloneNode(true) as DocumentFragment;
  const line = find("[data-toast-detail]", copy);
  if (line) line.textContent = detail;
  region.append(copy);
}

export function startToasts(): void {
  const region = find("#toasts");
  if (!region) return;
  on("click", "[data-toast-close]", (button) => {
    const toast = button.closest<HTMLElement>("[data-toast]");
    if (toast) leave(toast);
  });
  new MutationObserver(settle).observe(region, { childList: true });
  settle();
  const failed = (event: Event): void => {
    const { ctx } = (event as CustomEvent).detail;
    const source = event.target as Element;
    if (!ctx || source.hasAttribute?.("hx-sse:connect")) return;
    const status: number | undefined = ctx.response?.status;
    if (status === 409 || status === 422) return; // the form itself says what is wrong
    if (status === 401) location.reload(); // signed out meanwhile: the server leads to the sign-in page
    else showTemplate("toast-failed", status ? `HTTP ${status}` : "");
  };
  document.addEventListener("htmx:response:error", failed);
  document.addEventListener("htmx:error", failed);
}
