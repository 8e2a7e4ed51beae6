/**
 * The page's one stream. `#stream[hx-sse:connect]` carries it, htmx's SSE extension reads it and
 * swaps the partials in; this shows the state in `[data-live]`, starts again where the extension
 * gives up (it never retries a first connection that failed), notices a stream that went silent,
 * and keeps the focus when a swap takes away the element that held it.
 */
import htmx from "./htmx";
import { find, findAll } from "./dom";

type State = "live" | "reconnecting" | "offline";
interface Connection { reader?: { cancel(): unknown } | null }

const SILENCE_MS = 45_000; // the server sends `event: ping` every 15 s
let lastHeard = Date.now();
let connection: Connection | null = null;
let failures = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

function show(state: State): void {
  for (const indicator of findAll("[data-live]")) {
    if (indicator.dataset["state"] === state) continue;
    indicator.dataset["state"] = state;
    const label = find("[data-live-label]", indicator);
    const text = indicator.dataset[`label${state[0]!.toUpperCase()}${state.slice(1)}`];
    if (label && text) label.textContent = text;
  }
}

function startAgain(stream: HTMLElement): void {
  clearTimeout(retry);
  show(navigator.onLine ? "reconnecting" : "offline");
  const delay = Math.min(1000 * 2 ** failures++, 30_000) * (0.7 + Math.random() * 0.6);
  retry = setTimeout(() => htmx.trigger(stream, "hansei:reconnect"), delay);
}

function watchStream(stream: HTMLElement): void {
  const heard = (event: Event): void => {
    lastHeard = Date.now();
    connection = (event as CustomEvent).detail.connection ?? connection;
  };
  stream.addEventListener("htmx:sse:after:connection", (event) => {
    heard(event);
    failures = 0;
    show("live");
  });
  stream.addEventListener("htmx:sse:after:message", heard);
  stream.addEventListener("htmx:sse:error", (event) => {
    // A stream that stood and is refused now: the session has ended, or the page is gone. Loading the page says which;
    // the extension would try again for ever.
    if ([401, 403, 404].includes((event as CustomEvent).detail.status)) location.reload();
    else show(navigator.onLine ? "reconnecting" : "offline");
  });
  stream.addEventListener("htmx:sse:close", () => startAgain(stream));
  stream.addEventListener("htmx:error", () => startAgain(stream));
  stream.addEventListener("htmx:response:error", (event) => {
    // Signed out meanwhile: loading the page leads to the sign-in page.
    if ((event as CustomEvent).detail.ctx?.response?.status === 401) location.reload();
    else startAgain(stream);
  });
  // The server lost our place in the journal: fetch the page's content afresh.
  stream.addEventListener("resync", () => {
    void htmx.ajax("GET", location.pathname + location.search, { target: "#main", select: "#main", swap: "outerMorph" });
  });
  setInterval(() => {
    if (document.hidden || Date.now() - lastHeard < SILENCE_MS) return;
    lastHeard = Date.now();
    show("reconnecting");
    connection?.reader?.cancel(); // the extension sees the end of the stream and connects anew
  }, 5000);
}

/** Puts the focus back where it was, or on the page, when a swap removed the focused element. */
function keepFocus(): void {
  let held: { id: string; place: Element | null } | null = null;
  document.addEventListener("htmx:before:swap", () => {
    const active = document.activeElement;
    held = active && active !== document.body ? { id: active.id, place: active.closest("[data-list-item][id], [id]") } : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!held || (document.activeElement && document.activeElement !== document.body)) return;
    const again = held.id ? document.getElementById(held.id) : null;
    const near = held.place?.id ? document.getElementById(held.place.id)?.querySelector<HTMLElement>("a, button, [tabindex]") : null;
    (again ?? near ?? find("#main"))?.focus({ preventScroll: true });
  });
}

export function startLive(): void {
  keepFocus();
  const stream = find("#stream");
  if (!stream) return;
  watchStream(stream);
  window.addEventListener("offline", () => show("offline"));
  window.addEventListener("online", () => connection?.reader?.cancel());
}
