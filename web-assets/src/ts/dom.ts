/** Small helpers that every island shares. */

/** Calls `handler` for events of `type` that happen on or inside an element matching `selector`. */
export function on<K extends keyof DocumentEventMap>(
  type: K,
  selector: string,
  handler: (element: HTMLElement, event: DocumentEventMap[K]) => void,
  capture = false,
): void {
  document.addEventListener(type, (event) => {
    const start = event.target instanceof Element ? event.target : null;
    const element = start?.closest<HTMLElement>(selector);
    if (element) handler(element, event);
  }, capture);
}

export function find<T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document): T | null {
  return root.querySelector<T>(selector);
}

export function findAll<T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document): T[] {
  return [...root.querySelectorAll<T>(selector)];
}

/** Creates an element with a class and text. Never takes HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

export function icon(name: string): HTMLElement {
  const element = make("span", `icon i-${/^[a-z0-9-]+$/.test(name) ? name : "arrow-right"}`);
  element.setAttribute("aria-hidden", "true");
  return element;
}

/** Tells a screen reader something short, through the polite region `#announcer` of the shell. */
export function announce(text: string): void {
  const region = find("#announcer");
  if (region) region.textContent = text;
}

export const language = (): string => document.documentElement.lang || "en";
