// What must hold on every page of the gallery, in both themes and at both widths: no accessibility
// violation that axe knows, nothing wider than the screen, no layout shift, no console error.
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { open } from "./browser.mjs";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const pageNames = async () => (await readdir(new URL("../gallery/", import.meta.url))).filter((name) => /^[a-z]+\.html$/.test(name));

/** Runs axe on the page as it is now; returns one line per violation. */
export async function axe(page) {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async (tags) => {
    const result = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return result.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} (${n.failureSummary?.split("\n")[1]?.trim()})`).join(" | ")}`);
  }, TAGS);
  return violations;
}

/** Elements that stick out of the screen to the right, which would make the page scroll sideways. */
const tooWide = (page) => page.evaluate(() => {
  const limit = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= limit) return [];
  return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > limit + 1).slice(0, 3).map((e) => `${e.tagName}.${e.className}`);
});

export async function checkPages(browser, origin, report) {
  for (const name of await pageNames()) {
    for (const [width, theme] of [[1440, "light"], [1440, "dark"], [390, "light"], [390, "dark"], [320, "light"]]) {
      const page = await open(browser, `${origin}/${name}`, { width, theme });
      const at = `${name} ${width} ${theme}`;
      await page.waitForFunction(() => document.readyState === "complete");
      if (width !== 320) for (const line of await axe(page)) report(`${at} axe ${line}`);
      for (const wide of await tooWide(page)) report(`${at} wider than the screen: ${wide}`);
      const shift = await page.evaluate(() => globalThis.shifts.reduce((a, b) => a + b, 0));
      if (shift > 0.02) report(`${at} layout shift ${shift.toFixed(3)}`);
      for (const problem of page.problems) report(`${at} ${problem}`);
      await page.context().close();
    }
  }
}
