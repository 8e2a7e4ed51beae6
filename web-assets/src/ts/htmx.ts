/**
 * htmx with its SSE extension, set up for our Content-Security-Policy. All HTML that htmx parses
 * goes through the one Trusted Types policy `htmx`; no other code of ours writes HTML from a
 * string. There is no eval: `hx-on`, `js:` values and trigger filters in brackets do not work
 * here by design.
 */
import htmx from "htmx.org/dist/htmx.esm.js";
import "htmx.org/dist/ext/hx-sse.js";
import type { MorphAttr, TrustedPolicy } from "htmx-types";

/** Tags that no fragment of ours ever holds; meeting one means that escaping failed somewhere. */
const FORBIDDEN = /<(?:script|iframe|object|embed|base|link|meta)\b/i;

const rules = {
  createHTML(html: string): string {
    // htmx hands over the <head> of a whole page alone, to read its title; it is never inserted.
    if (!/^\s*<head[\s>]/i.test(html) && FORBIDDEN.test(html)) {
      throw new TypeError("refused a fragment with an element that pages of this site never send");
    }
    return html;
  },
  createScript(): string {
    throw new TypeError("scripts in fragments are refused");
  },
};
const policy: TrustedPolicy = window.trustedTypes?.createPolicy("htmx", rules) ?? rules;

/** What the reader has opened or typed belongs to the reader: a live swap leaves it alone. */
function keepsReaderState(element: Element, detail: MorphAttr): boolean {
  if (detail.attrName === "open" && element.matches("details, dialog")) return false;
  if (detail.attrName === "aria-busy" && element.matches("button")) return false;
  if (detail.attrName === "value" && element instanceof HTMLInputElement) {
    return element.value === element.defaultValue;
  }
  return true;
}

htmx.registerExtension("hansei", {
  init: (api) => api.initSecurity(policy),
  htmx_before_morph_attr: keepsReaderState,
});
// Whole error pages never land inside a fragment's place; toasts.ts says what went wrong.
// 409 and 422 carry the form again with its messages and are swapped.
htmx.config.noSwap = [204, 304, 400, 401, 403, 404, 413, 429, "5xx"];

export default htmx;
