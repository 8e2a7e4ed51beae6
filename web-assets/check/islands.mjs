// What the script does, tried in a real browser under the product's Content-Security-Policy.
// Each check opens its own page; a failed expectation and every console error is a failure.
import { open } from "./browser.mjs";
import { axe } from "./pages.mjs";

const checks = {
  async "palette finds pages, actions and what the server knows"({ go, expect }) {
    const page = await go("incident.html");
    await page.keyboard.press("Control+k");
    await expect(page.locator("dialog.palette[open]"), "palette opens").toShow();
    expect.none(await axe(page), "axe with palette open");
    await page.keyboard.type("hndov");
    expect.equal(await page.locator(".palette-item[aria-selected=true] .palette-item-title").textContent(), "Hand over INC-412", "fuzzy match of an action");
    await page.locator(".palette input").fill("jonas");
    await page.locator(".palette-item-title", { hasText: "Jonas Weber" }).waitFor();
    await page.locator(".palette input").fill("zzzz");
    await page.locator(".palette-empty").waitFor();
    await page.locator(".palette input").fill("alerts");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await Promise.all([page.waitForURL("**/alerts.html"), page.keyboard.press("Enter")]);
    return page;
  },

  async "palette runs an action of the page and gives the focus back on Escape"({ go, expect }) {
    const page = await go("incident.html");
    await page.locator("#comment").focus();
    await page.keyboard.press("Control+k");
    await page.keyboard.press("Escape");
    expect.equal(await page.evaluate(() => document.activeElement.id), "comment", "focus returns");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("resolve inc");
    await page.keyboard.press("Enter");
    await expect(page.locator("#resolve[open]"), "resolve dialog").toShow();
    expect.none(await axe(page), "axe with a dialog open");
    return page;
  },

  async "shortcuts walk, open, acknowledge and stay out of the way of typing"({ go, expect }) {
    const page = await go("incidents.html");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    expect.match(await page.evaluate(() => document.activeElement.textContent), /INC-412/, "j twice");
    await page.keyboard.press("k");
    expect.match(await page.evaluate(() => document.activeElement.textContent), /INC-413/, "k back");
    const posted = page.waitForRequest((request) => request.method() === "POST");
    await page.keyboard.press("a");
    expect.match((await posted).url(), /incidents\/413\/acknowledge$/, "a acknowledges the selected row");
    await page.locator("#toasts .toast").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("gigo?");
    expect.equal(await page.locator("[type=search]").inputValue(), "gigo?", "typing is typing");
    await page.locator("#main").focus();
    await page.keyboard.press("g");
    await Promise.all([page.waitForURL("**/now.html"), page.keyboard.press("n")]);
    return page;
  },

  async "the help dialog lists what the page offers, and shortcuts can be off"({ go, expect }) {
    const page = await go("incident.html");
    await page.keyboard.press("?");
    await expect(page.locator("#shortcut-help[open]"), "help").toShow();
    expect.match(await page.locator("[data-shortcut-list]").textContent(), /Write a comment\s*c/, "from data-shortcut");
    expect.none(await axe(page), "axe with help open");
    await page.keyboard.press("Escape");
    await page.keyboard.press("c");
    expect.equal(await page.evaluate(() => document.activeElement.id), "comment", "c focuses the comment");
    await page.locator("#main").focus();
    await page.evaluate(() => { document.documentElement.dataset.shortcuts = "off"; });
    await page.keyboard.press("?");
    expect.equal(await page.locator("#shortcut-help[open]").count(), 0, "off means off");
    return page;
  },

  async "theme shows at once and is sent to the server"({ go, expect }) {
    const page = await go("now.html");
    const before = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.locator(".topbar .menu > summary").click();
    expect.none(await axe(page), "axe with menu open");
    const posted = page.waitForRequest((request) => request.url().endsWith("/settings/theme"));
    await page.locator('.topbar button[value="dark"]').click();
    expect.match((await posted).postData(), /theme=dark/, "sent");
    expect.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark", "data-theme");
    expect.notEqual(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), before, "colours change");
    await page.locator(".topbar .menu > summary").click();
    await page.keyboard.press("ArrowDown");
    expect.match(await page.evaluate(() => document.activeElement.className), /menu-item/, "arrows walk the menu");
    await page.keyboard.press("Escape");
    expect.equal(await page.locator(".topbar .menu[open]").count(), 0, "Escape closes the menu");
    return page;
  },

  async "dialogs take the focus, give it back and close on the backdrop"({ go, expect }) {
    const page = await go("components.html");
    await page.locator("#open-demo").click();
    expect.equal(await page.evaluate(() => document.activeElement.id), "demo-why", "autofocus");
    await page.keyboard.press("Escape");
    expect.equal(await page.evaluate(() => document.activeElement.id), "open-demo", "focus back");
    await page.locator("#open-demo").click();
    await page.mouse.click(5, 5);
    expect.equal(await page.locator("#demo-dialog[open]").count(), 0, "backdrop closes");
    return page;
  },

  async "a form fetched into a dialog is the same form as its page"({ go, expect }) {
    const page = await go("now.html");
    await page.keyboard.press("n");
    await page.locator("#declare:modal").waitFor();
    expect.equal(await page.evaluate(() => document.activeElement.id), "declare-name", "autofocus");
    expect.none(await axe(page), "axe with the fetched dialog");
    await page.locator("#declare .dialog-foot a").click();
    expect.equal(await page.locator("#declare").count(), 0, "gone once closed");
    const alone = await go("declare.html");
    await Promise.all([alone.waitForURL("**/incidents.html"), alone.locator("#declare .dialog-foot a").click()]);
    return page;
  },

  async "pressing twice sends once"({ go, expect }) {
    const page = await go("incident.html");
    let posts = 0;
    let letGo;
    const pressedTwice = new Promise((resolve) => { letGo = resolve; });
    await page.route("**/incidents/412/state", async (route) => { posts += 1; await pressedTwice; await route.continue(); });
    await page.locator('button[value="identified"]').focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    letGo();
    await page.locator("#toasts .toast").waitFor();
    // A queued second press would have left before this answer comes back.
    await page.evaluate(() => fetch("/palette.json?q=x").then((answer) => answer.text()));
    expect.equal(posts, 1, "posts");
    expect.equal(await page.locator('button[value="identified"][aria-busy]').count(), 0, "button free again");
    return page;
  },

  async "confirm asks first, and only a yes sends"({ go, expect }) {
    const page = await go("components.html");
    let posts = 0;
    page.on("request", (request) => { if (request.method() === "POST") posts += 1; });
    await page.locator("#confirm-demo button").click();
    expect.match(await page.locator("#confirm-dialog").textContent(), /Remove it\?.*It can't be undone\..*Cancel\s*Remove/s, "words of the question");
    await page.locator('#confirm-dialog button[value="no"]').click();
    await page.locator("#confirm-demo button").click();
    await page.keyboard.press("Escape");
    expect.equal(posts, 0, "no means nothing is sent");
    await page.locator("#confirm-demo button").click();
    await page.locator("[data-confirm-yes]").click();
    await page.locator("#toasts .toast-success").waitFor();
    expect.equal(posts, 1, "yes sends once");
    await page.locator("[data-toast-close]").click();
    expect.equal(await page.locator("#toasts .toast").count(), 0, "toast closed");
    return page;
  },

  async "a failed request says so and swaps nothing"({ go, expect }) {
    const page = await go("components.html");
    await page.locator("#fail-demo button").click();
    await page.locator("#toasts .toast-danger").waitFor();
    expect.match(await page.locator("#toasts").textContent(), /HTTP 500/, "status");
    expect.equal(await page.locator("#fail-demo button[aria-busy]").count(), 0, "button works again");
    page.problems = page.problems.filter((line) => !line.includes("500"));
    return page;
  },

  async "copy works with and without the clipboard interface"({ go, expect }) {
    const page = await go("components.html", { permissions: ["clipboard-read", "clipboard-write"] });
    await page.locator("#copy-demo").click();
    await page.locator("#copy-demo[data-copied]").waitFor();
    expect.match(await page.evaluate(() => navigator.clipboard.readText()), /^alerting:/, "clipboard");
    expect.equal(await page.locator("#announcer").textContent(), "Copied", "told to screen readers");
    await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error("plain http")); });
    await page.locator('[data-copy="#kv-key"]').click();
    await page.locator('[data-copy="#kv-key"][data-copied]').waitFor();
    expect.equal(await page.evaluate(() => navigator.clipboard.readText()), "6f1b9c02d7aa41e3", "fallback");
    return page;
  },

  async "repeater adds, moves and removes within its bounds"({ go, expect }) {
    const page = await go("components.html");
    const rows = page.locator("#demo-repeater [data-repeater-row]");
    await page.locator("#demo-repeater [data-repeater-add]").click();
    expect.equal(await rows.nth(2).locator("input").getAttribute("name"), "rows[2].name", "new name");
    expect.equal(await page.evaluate(() => document.activeElement.id), "r-2", "focus in the new row");
    await rows.nth(2).locator("[data-repeater-up]").click();
    expect.equal(await rows.nth(1).locator("input").getAttribute("id"), "r-2", "moved up");
    await rows.nth(0).locator("[data-repeater-remove]").click();
    await page.locator("#demo-repeater [data-repeater-add]").click();
    await page.locator("#demo-repeater [data-repeater-add]").click();
    expect.equal(await page.locator("#demo-repeater [data-repeater-add]").isDisabled(), true, "at most 4");
    const names = await rows.locator("input").evaluateAll((inputs) => inputs.map((input) => input.name));
    expect.equal(new Set(names).size, 4, "names stay different");
    for (let i = 0; i < 3; i += 1) await rows.nth(0).locator("[data-repeater-remove]").click();
    expect.equal(await rows.locator("[data-repeater-remove]").isDisabled(), true, "at least 1");
    return page;
  },

  async "the people picker filters"({ go, expect }) {
    const page = await go("service.html");
    await page.locator(".picker-filter").first().fill("pri");
    expect.equal(await page.locator(".picker").first().locator(".check:visible").count(), 1, "one left");
    return page;
  },

  async "clocks tick by the server's time"({ go, expect }) {
    const page = await go("components.html");
    expect.equal(await page.locator("#clock-late").getAttribute("data-urgency"), "late", "late");
    expect.match(await page.locator("#clock-late").textContent(), /step 2 is due since 00:1/, "words change");
    expect.equal(await page.locator("#clock-soon").getAttribute("data-urgency"), "soon", "soon");
    const first = await page.locator("#clock-soon time").textContent();
    await page.waitForFunction((text) => document.querySelector("#clock-soon time").textContent !== text, first);
    expect.match(await page.locator("#rel").textContent(), /20 min/, "relative");
    const german = await go("components.html?lang=de");
    expect.match(await german.locator("#rel").textContent(), /^vor 20 Min/, "German");
    const japanese = await go("components.html?lang=ja");
    expect.equal(await japanese.locator("#rel").textContent(), "20 分前", "Japanese");
    return page;
  },

  async "live partials arrive and leave the reader's work alone"({ go, expect, live }) {
    const page = await go("incident.html");
    await page.locator('[data-live][data-state="live"]').waitFor();
    await page.locator("#comment").fill("half a thought");
    await page.locator("#comment").evaluate((area) => area.setSelectionRange(4, 6));
    await page.locator("#people details").evaluate((details) => { details.open = true; });
    const people = await page.locator("#people").evaluate((element) => element.outerHTML.replace("delivered 14:02:11", "read 14:03:00").replace(/ open=""/, ""));
    const composer = await page.locator("#composer").evaluate((element) => element.outerHTML);
    live.push("119", `<hx-partial hx-target="#entries" hx-swap="afterbegin"><li class="entry flash" id="e-119"><span class="entry-icon"></span><div class="entry-body"><p class="entry-line">Live entry</p></div></li></hx-partial><hx-partial hx-target="#people" hx-swap="outerMorph">${people.replaceAll("\n", " ")}</hx-partial><hx-partial hx-target="#composer" hx-swap="outerMorph">${composer.replaceAll("\n", " ")}</hx-partial>`);
    await page.locator("#e-119").waitFor();
    await page.locator("#people", { hasText: "read 14:03:00" }).waitFor();
    expect.equal(await page.locator("#comment").inputValue(), "half a thought", "draft kept");
    expect.equal(await page.evaluate(() => `${document.activeElement.id} ${document.activeElement.selectionStart}-${document.activeElement.selectionEnd}`), "comment 4-6", "focus and caret kept");
    expect.equal(await page.locator("#people details").evaluate((details) => details.open), true, "disclosure stays open");
    return page;
  },

  async "a lost stream is shown, found again and resumed"({ go, expect, live }) {
    const page = await go("now.html");
    await page.locator('[data-live][data-state="live"]').waitFor();
    live.push("7", `<hx-partial hx-target="#now-lead" hx-swap="innerHTML">seven</hx-partial>`);
    await page.locator("#now-lead", { hasText: "seven" }).waitFor();
    const again = live.attached();
    live.cut();
    expect.equal((await again)["last-event-id"], "7", "resumes after the last event");
    live.push("8", `<hx-partial hx-target="#now-lead" hx-swap="innerHTML">eight</hx-partial>`);
    await page.locator("#now-lead", { hasText: "eight" }).waitFor();
    expect.equal(await page.locator("[data-live]").getAttribute("data-state"), "live", "shown as live again");
    return page;
  },

  async "a stream refused at first is tried again"({ go, expect, live }) {
    live.refuse = 1;
    const page = await go("now.html");
    await page.locator('[data-live][data-state="reconnecting"]').waitFor();
    expect.equal(await page.locator("[data-live-label]").textContent(), "Reconnecting…", "word");
    await page.locator('[data-live][data-state="live"]').waitFor();
    page.problems = page.problems.filter((line) => !line.includes("503"));
    return page;
  },

  async "a session that has ended loads the page, which leads to signing in"({ go, live }) {
    const page = await go("now.html");
    await page.locator('[data-live][data-state="live"]').waitFor();
    live.refuse = 1;
    live.status = 401;
    const loaded = page.waitForEvent("load");
    live.cut();
    await loaded;
    live.status = 503;
    await page.locator('[data-live][data-state="live"]').waitFor();
    page.problems = page.problems.filter((line) => !line.includes("401"));
    return page;
  },

  async "resync fetches the page afresh"({ go, live }) {
    const page = await go("now.html");
    await page.locator('[data-live][data-state="live"]').waitFor();
    await page.evaluate(() => { document.querySelector("#now-lead").textContent = "stale"; });
    live.push("9", "", "resync");
    await page.locator("#now-lead", { hasText: "open incidents" }).waitFor();
    return page;
  },

  async "Trusted Types: strings are refused, scripts in fragments are refused"({ go, expect, live }) {
    const page = await go("now.html");
    await page.locator('[data-live][data-state="live"]').waitFor();
    const refused = await page.evaluate(() => { try { document.querySelector("#now-lead").innerHTML = "<b>x</b>"; return "written"; } catch (error) { return error.name; } });
    expect.equal(refused, "TypeError", "innerHTML of a string");
    const again = live.attached();
    live.push("10", `<hx-partial hx-target="#now-lead" hx-swap="innerHTML"><script>document.title = "owned"</script>bad</hx-partial>`);
    // The refusal ends the stream; the next connection shows that the bad message was dealt with.
    expect.equal((await again)["last-event-id"], "10", "goes on after the refused message");
    live.push("11", `<hx-partial hx-target="#nav-burning" hx-swap="innerHTML">eleven</hx-partial>`);
    await page.locator("#nav-burning", { hasText: "eleven" }).waitFor();
    expect.equal(await page.locator("#now-lead", { hasText: "bad" }).count(), 0, "not inserted");
    expect.notEqual(await page.title(), "owned", "not run");
    page.problems = page.problems.filter((line) => !/TrustedHTML|trusted-types|refused a fragment/.test(line));
    return page;
  },

  async "filters fetch the list, keep the focus and write the address"({ go, expect }) {
    const page = await go("incidents.html");
    await page.keyboard.press("/");
    const asked = page.waitForResponse((response) => response.url().includes("q=chat"));
    await page.keyboard.type("chat");
    await asked;
    await page.waitForURL("**q=chat**");
    expect.equal(await page.evaluate(() => document.activeElement.name), "q", "focus stays");
    return page;
  },

  async "without script everything is still there"({ go, expect }) {
    const page = await go("now.html", { script: false, width: 390 });
    expect.equal(await page.locator(".search-button").isVisible(), false, "no dead palette button");
    await page.locator(".bottomnav button").click();
    expect.equal(await page.locator(".sidenav").isVisible(), true, "drawer is a popover");
    await page.locator(".sidenav .drawer-close").click();
    await page.locator(".topbar .menu > summary").click();
    expect.equal(await page.locator(".topbar .menu-list").isVisible(), true, "menu is a details");
    const posted = page.waitForRequest((request) => request.method() === "POST");
    await page.locator("#burn-413 .button-primary").click();
    expect.match((await posted).url(), /413\/acknowledge/, "plain form post");
    return page;
  },

  async "on paper: the story without the controls"({ go, expect }) {
    const page = await go("incident.html");
    await page.emulateMedia({ media: "print" });
    for (const [selector, visible] of [["#entries", true], ["#people", true], [".keytime .history", true], [".sidenav", false], [".topbar", false], [".composer", false], [".page-actions", false]]) {
      expect.equal(await page.locator(selector).first().isVisible(), visible, `print ${selector}`);
    }
    return page;
  },
};

/** Expectations that throw with words instead of stopping at the first bare `false`. */
function makeExpect() {
  const fail = (message) => { throw new Error(message); };
  const expect = (locator, what) => ({ toShow: () => locator.waitFor({ timeout: 5000 }).catch(() => fail(`${what}: not shown`)) });
  expect.equal = (actual, wanted, what) => { if (actual !== wanted) fail(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(wanted)}`); };
  expect.notEqual = (actual, other, what) => { if (actual === other) fail(`${what}: still ${JSON.stringify(actual)}`); };
  expect.match = (actual, pattern, what) => { if (!pattern.test(actual ?? "")) fail(`${what}: ${JSON.stringify(actual)} does not match ${pattern}`); };
  expect.none = (list, what) => { if (list.length) fail(`${what}: ${list.join("; ")}`); };
  return expect;
}

export async function checkIslands(browser, gallery, report) {
  const only = process.argv[3];
  for (const [name, check] of Object.entries(checks)) {
    if (only && !name.includes(only)) continue;
    const pages = [];
    const go = async (path, options) => {
      const page = await open(browser, `${gallery.origin}/${path}`, options);
      page.setDefaultTimeout(10_000);
      pages.push(page);
      return page;
    };
    try {
      await check({ go, expect: makeExpect(), live: gallery.live });
      for (const page of pages) for (const problem of page.problems) report(`${name}: ${problem}`);
      console.log(`✓ ${name}`);
    } catch (error) {
      report(`${name}: ${error.message}`);
    }
    for (const page of pages) await page.context().close();
  }
}
