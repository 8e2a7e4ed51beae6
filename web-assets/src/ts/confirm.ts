/**
 * Questions before something that cannot be taken back. `data-confirm="Sentence?"` on a link,
 * button or form opens `#confirm-dialog` of the shell; `hx-confirm` uses the same dialog.
 * Without script the action happens at once, so anything grave also has a page of its own.
 */
import { find, on } from "./dom";

const agreed = new WeakSet<Element>();

/** Asks, and resolves to the answer. Closing the dialog in any other way means no. */
export function ask(source: HTMLElement, question: string): Promise<boolean> {
  const dialog = find<HTMLDialogElement>("#confirm-dialog");
  if (!dialog) return Promise.resolve(window.confirm(question));
  const text = find("[data-confirm-text]", dialog);
  const title = find("[data-confirm-title]", dialog);
  const yes = find<HTMLButtonElement>("[data-confirm-yes]", dialog);
  if (text) text.textContent = question;
  if (title) title.textContent = source.dataset["confirmTitle"] ?? title.dataset["confirmTitle"] ?? "";
  if (yes) {
    yes.textContent = source.dataset["confirmAction"] ?? source.textContent?.trim() ?? "";
    yes.classList.toggle("button-danger", source.dataset["confirmTone"] === "danger");
    yes.classList.toggle("button-primary", source.dataset["confirmTone"] !== "danger");
  }
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

export function startConfirm(): void {
  on("click", "[data-confirm]", (element, event) => {
    if (element instanceof HTMLFormElement || agreed.delete(element)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void ask(element, element.dataset["confirm"] ?? "").then((yes) => {
      if (!yes) return;
      agreed.add(element);
      element.click();
    });
  }, true);
  on("submit", "form[data-confirm]", (form, event) => {
    if (agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    void ask(form, form.dataset["confirm"] ?? "").then((yes) => {
      if (!yes) return;
      agreed.add(form);
      (form as HTMLFormElement).requestSubmit(submitter);
    });
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    const { ctx, issueRequest, dropRequest } = (event as CustomEvent).detail;
    if (!ctx?.confirm) return;
    event.preventDefault();
    void ask(ctx.sourceElement, ctx.confirm).then((yes) => (yes ? issueRequest() : dropRequest()));
  });
}
