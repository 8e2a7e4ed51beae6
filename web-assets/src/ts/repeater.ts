/**
 * Form rows that can be added, removed and moved. The buttons are submit buttons (`_add`,
 * `_remove`, `_up`, `_down`), so the server can do it; here they work in place. A new row is the
 * `<template>` with `__index__` replaced by a number not used before; the order of rows is the
 * order in which their fields are sent.
 */
import { find, findAll, on } from "./dom";

const rowsOf = (repeater: HTMLElement): HTMLElement[] => findAll("[data-repeater-row]", repeater);

function fill(row: ParentNode, index: string): void {
  for (const element of row.querySelectorAll("*")) {
    for (const attribute of element.attributes) {
      if (attribute.value.includes("__index__")) attribute.value = attribute.value.replaceAll("__index__", index);
    }
  }
}

function nextIndex(repeater: HTMLElement): string {
  const next = Number(repeater.dataset["next"] ?? rowsOf(repeater).length);
  repeater.dataset["next"] = String(next + 1);
  return String(next);
}

function changed(repeater: HTMLElement): void {
  const min = Number(repeater.dataset["min"] ?? 0), max = Number(repeater.dataset["max"] ?? Infinity);
  const count = rowsOf(repeater).length;
  for (const button of findAll<HTMLButtonElement>("[data-repeater-remove]", repeater)) button.disabled = count <= min;
  for (const button of findAll<HTMLButtonElement>("[data-repeater-add]", repeater)) button.disabled = count >= max;
  repeater.dispatchEvent(new Event("change", { bubbles: true }));
}

function add(repeater: HTMLElement): void {
  const template = find<HTMLTemplateElement>("template[data-repeater-template]", repeater);
  const list = find("[data-repeater-rows]", repeater);
  if (!template || !list) return;
  const copy = template.content.cloneNode(true) as DocumentFragment;
  fill(copy, nextIndex(repeater));
  const row = copy.firstElementChild;
  list.append(copy);
  row?.querySelector<HTMLElement>("input, select, textarea")?.focus();
}

function remove(repeater: HTMLElement, row: HTMLElement): void {
  const near = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (near?.querySelector<HTMLElement>("[data-repeater-remove]") ?? find("[data-repeater-add]", repeater))?.focus();
}

function move(row: HTMLElement, up: boolean, button: HTMLElement): void {
  const other = up ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (up) other.before(row); else other.after(row);
  button.focus();
  // At the end of the list the button hides, and a hidden element cannot keep the focus.
  if (getComputedStyle(button).visibility === "hidden") find(up ? "[data-repeater-down]" : "[data-repeater-up]", row)?.focus();
}

export function startRepeaters(): void {
  on("click", "[data-repeater-add], [data-repeater-remove], [data-repeater-up], [data-repeater-down]", (button, event) => {
    const repeater = button.closest<HTMLElement>("[data-repeater]");
    const row = button.closest<HTMLElement>("[data-repeater-row]");
    if (!repeater) return;
    event.preventDefault();
    if (button.matches("[data-repeater-add]")) add(repeater);
    else if (row && button.matches("[data-repeater-remove]")) remove(repeater, row);
    else if (row) move(row, button.matches("[data-repeater-up]"), button);
    changed(repeater);
  });
}
