// Everything that is checked in a real browser: `node check/run.mjs [pages|islands]`.
// Needs a Chromium (`CHROMIUM=/path`, default /usr/bin/chromium) and a built dist/.
import { startGallery } from "../gallery/serve.mjs";
import { launch } from "./browser.mjs";
import { checkIslands } from "./islands.mjs";
import { checkPages } from "./pages.mjs";

const which = process.argv[2] ?? "all";
const failures = [];
const report = (line) => { failures.push(line); console.error(`✗ ${line}`); };
const gallery = await startGallery();
const browser = await launch();
try {
  if (which !== "islands") await checkPages(browser, gallery.origin, report);
  if (which !== "pages") await checkIslands(browser, gallery, report);
} finally {
  await browser.close();
  gallery.close();
}
console.log(failures.length ? `${failures.length} failures` : "all checks passed");
process.exitCode = failures.length ? 1 : 0;
