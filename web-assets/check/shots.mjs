// Photographs every gallery page: `node check/shots.mjs OUT [page …]`, at 1440 and 390 px, light and dark.
import { chromium } from "playwright-core";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { startGallery } from "../gallery/serve.mjs";

const [out = "shots", ...only] = process.argv.slice(2);
const { origin, close } = await startGallery();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const all = (await readdir(new URL("../gallery/", import.meta.url))).filter((name) => /^[a-z]+\.html$/.test(name));
await mkdir(out, { recursive: true });
for (const width of [1440, 390]) {
  for (const theme of ["light", "dark"]) {
    const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme: theme, timezoneId: "UTC", hasTouch: width === 390, isMobile: width === 390 });
    const page = await context.newPage();
    for (const name of all) {
      const stem = name.slice(0, -5);
      if (only.length && !only.includes(stem)) continue;
      await page.goto(`${origin}/${name}`, { waitUntil: "load" });
      await page.screenshot({ path: join(out, `${stem}-${width}-${theme}.png`), fullPage: true });
    }
    await context.close();
  }
}
await browser.close();
close();
