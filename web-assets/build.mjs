// Builds web-assets/src into web-assets/dist: one style sheet, one script, the favicon, each under
// a name that carries a hash of its content, with .br and .gz beside it, and manifest.json that
// maps logical names to hashed ones. The same sources always give the same bytes: no dates, no
// absolute paths, files visited in sorted order. `npm ci && node build.mjs` is all.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
// Oldest engines we answer for: light-dark(), nesting, :has() and popover are in all of them.
const target = ["chrome123", "firefox125", "safari17.5"];

/** `src/icons/*.svg` become `--i-NAME` data URIs and one `.i-NAME` class each. */
async function iconCss() {
  const dir = join(root, "src/icons");
  const files = (await readdir(dir)).filter((name) => extname(name) === ".svg").sort();
  const vars = [], classes = [];
  for (const file of files) {
    const name = file.slice(0, -4);
    const svg = (await readFile(join(dir, file), "utf8")).trim().replaceAll('"', "'");
    const uri = svg.replace(/[%#<>]/g, (c) => encodeURIComponent(c));
    vars.push(`--i-${name}:url("data:image/svg+xml,${uri}");`);
    classes.push(`.i-${name}{--i:var(--i-${name})}`);
  }
  return `:root{${vars.join("")}}${classes.join("")}`;
}

const icons = {
  name: "icons",
  setup(b) {
    b.onResolve({ filter: /^icons\.css$/ }, () => ({ path: "icons.css", namespace: "icons" }));
    b.onLoad({ filter: /.*/, namespace: "icons" }, async () => ({ contents: await iconCss(), loader: "css" }));
  },
};

async function bundle(entry) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    charset: "utf8",
    legalComments: "none",
    target,
    plugins: [icons],
    logLevel: "warning",
  });
  return Buffer.from(result.outputFiles[0].contents);
}

const outputs = [
  ["app.css", await bundle("src/css/app.css")],
  ["app.js", await bundle("src/ts/app.ts")],
  ["favicon.svg", await readFile(join(root, "src/favicon.svg"))],
];

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const manifest = {};
for (const [name, bytes] of outputs) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const ext = extname(name);
  const hashed = `${name.slice(0, -ext.length)}-${hash}${ext}`;
  manifest[name] = hashed;
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  const gz = gzipSync(bytes, { level: 9 });
  gz[9] = 255; // the "operating system" byte of the header, so that every machine writes the same
  await writeFile(join(dist, hashed), bytes);
  await writeFile(join(dist, `${hashed}.br`), br);
  await writeFile(join(dist, `${hashed}.gz`), gz);
  console.log(`${hashed.padEnd(30)} ${bytes.length} B, br ${br.length}, gz ${gz.length}`);
}
await writeFile(join(dist, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
