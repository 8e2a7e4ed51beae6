// One place that starts Chromium and opens pages; every page it opens collects what went wrong.
import { chromium } from "playwright-core";

const ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGS });

/** Opens a page whose console errors, exceptions and CSP violations end up in `page.problems`. */
export async function open(browser, url, options = {}) {
  const width = options.width ?? 1440;
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: options.theme ?? "light",
    javaScriptEnabled: options.script !== false,
    reducedMotion: options.reducedMotion ?? "no-preference",
    hasTouch: width < 600,
    isMobile: width < 600,
    permissions: options.permissions ?? [],
  });
  const page = await context.newPage();
  page.problems = [];
  page.on("console", (message) => { if (message.type() === "error") page.problems.push(message.text()); });
  page.on("pageerror", (error) => page.problems.push(String(error)));
  await page.addInitScript(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts.push(entry.value);
    }).observe({ type: "layout-shift", buffered: true });
    document.addEventListener("securitypolicyviolation", (event) => console.error(`CSP ${event.violatedDirective} ${event.sample}`));
  });
  await page.goto(url, { waitUntil: "load" });
  // htmx sets itself up one task after the document is parsed; a form sent before is a plain post.
  if (options.script !== false) await page.waitForFunction(() => !document.querySelector("[hx-post]") || document.querySelector("[data-htmx-powered]"));
  return page;
}
