/** The parts of htmx 4 that the islands use. Its own types describe much more. */
declare module "htmx.org/dist/htmx.esm.js" {
  import type { Htmx } from "htmx-types";
  const htmx: Htmx;
  export default htmx;
}
declare module "htmx.org/dist/ext/hx-sse.js";
declare module "htmx-types" {
  export interface TrustedPolicy {
    createHTML(html: string): unknown;
    createScript(code: string): unknown;
  }
  export interface InternalApi {
    initSecurity(policy: TrustedPolicy): void;
  }
  export interface MorphAttr {
    attrName: string;
    newValue: string | null;
  }
  export interface Extension {
    init?(api: InternalApi): void;
    htmx_before_morph_attr?(element: Element, detail: MorphAttr): boolean;
  }
  export interface Htmx {
    config: { noSwap: (number | string)[]; extensions: string };
    registerExtension(name: string, extension: Extension): void;
    ajax(verb: string, path: string, options: Record<string, unknown>): Promise<void>;
    trigger(on: Element, event: string, detail?: unknown): boolean;
  }
}
/** Trusted Types, as far as this bundle needs them (not yet part of TypeScript's DOM library). */
interface Window {
  trustedTypes?: {
    createPolicy(name: string, rules: { createHTML(s: string): string; createScript(s: string): string }): import("htmx-types").TrustedPolicy;
  };
}
