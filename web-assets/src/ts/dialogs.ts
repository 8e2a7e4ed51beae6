/**
 * Dialogs and menus. A dialog is a native `<dialog>`; `data-dialog="id"` on a link or button opens
 * it (a link's own address is the fallback without script). A menu is a `<details class="menu">`,
 * which opens by itself; here it learns to close and to be walked with the arrow keys.
 */
import { find, findAll, on } from "./dom";

export function openDialog(id: string): void {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

function closeMenus(except?: Element | null): void {
  for (const menu of findAll<HTMLDetailsElement>("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

function walkMenu(menu: HTMLElement, event: KeyboardEvent): void {
  const items = findAll(".menu-item", menu);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const next = step ? (at < 0 && step < 0 ? items.length - 1 : (at + step + items.length) % items.length)
    : event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : -1;
  if (next < 0) return;
  event.preventDefault();
  items[next]?.focus();
}

/**
 * A form that is a page of its own stands there in an open `<dialog class="dialog-page">`; fetched
 * into `#dialog-slot` the same markup becomes modal, and is gone once it is closed.
 */
function openFetched(): void {
  const dialog = find<HTMLDialogElement>("#dialog-slot > dialog:not(:modal)");
  if (!dialog) return;
  dialog.removeAttribute("open");
  dialog.addEventListener("close", () => dialog.remove(), { once: true });
  dialog.showModal();
}

export function startDialogs(): void {
  on("click", "[data-dialog]", (opener, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    closeMenus();
    openDialog(opener.dataset["dialog"] ?? "");
  });
  on("click", "[data-dialog-close]", (button, event) => {
    const dialog = button.closest("dialog");
    // A dialog that stands in its own page (see openFetched) is left by following the link.
    if (!dialog?.matches(":modal")) return;
    event.preventDefault();
    dialog.close();
  });
  // A press that starts and ends on the backdrop closes; a drag out of a field does not.
  let pressed: EventTarget | null = null;
  document.addEventListener("pointerdown", (event) => { pressed = event.target; });
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target instanceof HTMLDialogElement && pressed === target) target.close();
    const menu = target instanceof Element ? target.closest("details.menu") : null;
    const chosen = target instanceof Element && target.closest(".menu-item");
    closeMenus(chosen ? null : menu);
  });
  document.addEventListener("htmx:after:swap", openFetched);
  document.addEventListener("keydown", (event) => {
    const menu = (event.target as Element | null)?.closest?.<HTMLDetailsElement>("details.menu[open]");
    if (!menu) return;
    if (event.key === "Escape") {
      menu.open = false;
      find("summary", menu)?.focus();
      event.stopPropagation();
    } else walkMenu(menu, event);
  });
}
