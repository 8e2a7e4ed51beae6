/**
 * Light, dark or as the system says. The choice is kept by the server (a form with
 * `data-theme-form` and a field or buttons named `theme`); this only shows it at once.
 */
import { on } from "./dom";

export function applyTheme(theme: string): void {
  if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
  else delete document.documentElement.dataset["theme"];
}

export function startTheme(): void {
  on("change", '[data-theme-form] input[name="theme"]', (input) => applyTheme((input as HTMLInputElement).value));
  on("click", '[data-theme-form] button[name="theme"]', (button) => applyTheme((button as HTMLButtonElement).value));
}
