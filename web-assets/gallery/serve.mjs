// Serves the gallery on loopback under the very Content-Security-Policy of the product, with the
// few dynamic things its islands talk to: a palette, a stream, forms that answer with partials.
// `node gallery/serve.mjs [port]`; check/run.mjs starts it on a free port by `startGallery`.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../dist");
export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; require-trusted-types-for 'script'; trusted-types htmx; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types = { ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8", ".json": "application/json" };

const found = [
  { title: "INC-412 Accept-chat button unresponsive", group: "Incidents", hint: "SEV1", icon: "incident", href: "/incident.html" },
  { title: "INC-409 Errors retrieving call recordings", group: "Incidents", hint: "SEV2", icon: "incident", href: "/incident.html" },
  { title: "Chat gateway", group: "Services", hint: "Messaging team", icon: "service", href: "/service.html" },
  { title: "Jonas Weber", group: "People", hint: "Messaging team", icon: "user", href: "/person.html" },
];

/** `<!-- title: … | nav: … | shell: … | stream: … -->` on the first line of a page. */
function frontMatter(text) {
  const head = /^<!--(.*?)-->\n/s.exec(text);
  const pairs = (head?.[1] ?? "").split("|").map((part) => part.split(/:(.*)/s).map((s) => s?.trim()));
  return [Object.fromEntries(pairs), text.slice(head?.[0].length ?? 0)];
}

async function page(name, query) {
  const [meta, main] = frontMatter(await readFile(join(here, name), "utf8"));
  const manifest = JSON.parse(await readFile(join(dist, "manifest.json"), "utf8"));
  const theme = query.get("theme");
  const values = {
    ...manifest,
    title: meta.title ?? "Page",
    lang: query.get("lang") ?? meta.lang ?? "en",
    theme: theme === "light" || theme === "dark" ? ` data-theme="${theme}"` : "",
    now: "2024-07-02T12:20:00Z",
    live: meta.stream ? "connecting" : "live",
    "live-label": meta.stream ? "Connecting…" : "Live",
    stream: meta.stream ? `<div id="stream" hx-sse:connect="${meta.stream}" hx-trigger="load, hansei:reconnect" hx-swap="none" hidden></div>` : "",
    main,
  };
  const shell = await readFile(join(here, `_${meta.shell ?? "app"}.html`), "utf8");
  const html = shell.replace(/\{\{([\w.-]+)\}\}/g, (_, key) => values[key] ?? "");
  return html.replace(new RegExp(`(data-nav="${meta.nav}")`, "g"), '$1 aria-current="page"');
}

const toast = (title, text) => `<hx-partial hx-target="#toasts" hx-swap="beforeend"><div class="toast toast-success" data-toast data-timeout="6000"><p class="toast-title">${title}</p><p class="muted">${text}</p><button class="button button-ghost button-square button-sm" type="button" data-toast-close aria-label="Dismiss"><span class="icon i-x" aria-hidden="true"></span></button></div></hx-partial>`;

/** Streams that are open, so that a test can push into them and cut them. */
export function makeLive() {
  const open = new Set();
  let waiting = [];
  return {
    /** So many connections are refused, with this status. */
    refuse: 0,
    status: 503,
    /** Resolves with the headers of the next stream once it stands. */
    attached: () => new Promise((resolve) => waiting.push(resolve)),
    attach(request, response) {
      if (this.refuse > 0) {
        this.refuse -= 1;
        response.writeHead(this.status).end();
        return;
      }
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
      response.write(`event: ping\ndata: ${request.headers["last-event-id"] ?? ""}\n\n`);
      open.add(response);
      request.on("close", () => open.delete(response));
      for (const resolve of waiting) resolve(request.headers);
      waiting = [];
    },
    push(id, data, event) {
      const lines = data.split("\n").map((line) => `data: ${line}`).join("\n");
      for (const response of open) response.write(`id: ${id}\n${event ? `event: ${event}\n` : ""}${lines}\n\n`);
    },
    cut() {
      for (const response of open) response.end();
    },
  };
}

async function answer(request, response, live) {
  const url = new URL(request.url, "http://localhost");
  const send = (status, type, body, headers = {}) => response.writeHead(status, { "Content-Type": type, "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", ...headers }).end(body);
  const path = normalize(url.pathname);
  if (path === "/live") return live.attach(request, response);
  if (path === "/palette.json") {
    const words = (url.searchParams.get("q") ?? "").toLowerCase();
    return send(200, types[".json"], JSON.stringify({ items: found.filter((item) => item.title.toLowerCase().includes(words)) }));
  }
  if (request.method === "POST") {
    for await (const _ of request); // the body is read so that the connection can be used again
    if (path === "/fail") return send(500, types[".html"], "<!doctype html><title>x</title><h1>Internal error</h1>");
    if (path === "/settings/theme") return send(204, types[".html"]);
    if (request.headers["hx-request"]) return send(200, types[".html"], toast("Saved", "The change is in the journal."));
    return send(303, types[".html"], "", { Location: request.headers.referer ?? "/" });
  }
  if (path === "/") return send(302, types[".html"], "", { Location: "/components.html" });
  if (path.startsWith("/assets/")) return send(200, types[extname(path)] ?? "application/octet-stream", await readFile(join(dist, path.slice(8))));
  if (/^\/[a-z]+\.html$/.test(path)) return send(200, types[".html"], await page(path.slice(1), url.searchParams));
  return send(404, types[".html"], await page("error.html", url.searchParams));
}

/** Starts the gallery; resolves to `{ origin, live, close }`. */
export function startGallery(port = 0) {
  const live = makeLive();
  const server = createServer((request, response) => {
    answer(request, response, live).catch((error) => {
      response.writeHead(error.code === "ENOENT" ? 404 : 500, { "Content-Type": "text/plain" }).end(String(error.message));
    });
  });
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => {
    const origin = `http://127.0.0.1:${server.address().port}`;
    resolve({ origin, live, close: () => { live.cut(); server.closeAllConnections(); server.close(); } });
  }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { origin } = await startGallery(Number(process.argv[2] ?? 4180));
  console.log(`${origin}/components.html`);
}
