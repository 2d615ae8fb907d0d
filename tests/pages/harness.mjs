// What the browser tests stand on: a page opened in a real Chromium, watched for whatever goes wrong.
//
//   test("a case is dispatched by keyboard", visit("/", async (page) => { … }));
//
// A visit fails by itself on an error in the console, a request that fails, or a breach of the content policy. Nothing
// here waits without end: a test that hangs fails by its name, and a browser that does not close goes with the process.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { after, test as declare } from "node:test";
import { fileURLToPath } from "node:url";
import { start as startService } from "./service.mjs";

const web = new URL("../../src/http/web/", import.meta.url);
const { chromium } = await import(new URL("node_modules/playwright-core/index.mjs", web).href);
const axeSource = readFileSync(new URL("node_modules/axe-core/axe.min.js", web), "utf8");

/** The pages as the program lists them: path, name, title. */
export const PAGES = JSON.parse(readFileSync(new URL("pages.json", web), "utf8"));
/** The widths that every page is looked at. */
export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 390, height: 844 };

/** How long a test, a request of its own and the closing of a page may take. */
const TEST_MS = 120_000;
const CALL_MS = 60_000;
const CLOSE_MS = 15_000;

const service = process.env.GUIKOU_URL ? { url: process.env.GUIKOU_URL, stop() {} } : await startService();
/** Where the service under test is. */
export const url = service.url;

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = PLACES.find((path) => path && existsSync(path));
assert.ok(executablePath, "no Chromium: apt-get install chromium, or name it in CHROMIUM");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
after(async () => {
  const broken = opened.flatMap((page) => page.problems.filter((problem) => !/^answer|Failed to load resource/.test(problem)));
  await within(CLOSE_MS, "the browser did not close", browser.close()).catch((error) => { console.error(error.message); process.exit(1); });
  service.stop();
  assert.deepEqual(broken, []);
});

/** A test as node:test has it, with an end; `timeout` where one is known to take longer. */
export const test = (name, body, { timeout = TEST_MS } = {}) => declare(name, { timeout }, body);

/** What the work answers, or an error after so many milliseconds. */
async function within(most, what, work) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what} in ${most / 1000} s`)), most); });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Closes a page. One that is on its way to another never closes in Chromium, so that it is called off first. */
const shut = (page) => within(CLOSE_MS, `${page.url()} did not close`,
  page.goto("about:blank").catch(() => {}).then(() => page.context().close()));

/**
 * A test body: opens `path`, waits until it is drawn, does `task`, and looks back whether anything went wrong.
 * Options: `size`, `dark`, `without` (an address part that is refused, as `/assets/charts.js`), `expected` (a pattern of
 * problems that belong to the task, as an answer 422 asked for on purpose).
 */
export function visit(path, task = async () => {}, options = {}) {
  return async ({ signal } = {}) => {
    const page = await opening(path, options);
    // Past its time a test is given up: without its page, what it still waits for ends too.
    signal?.addEventListener("abort", () => void shut(page).catch(() => {}));
    try {
      await drawn(page);
      await task(page);
      const wrong = page.problems.filter((problem) => !options.expected?.test(problem));
      assert.deepEqual(wrong, [], `${path} was not clean`);
    } catch (error) {
      await picture(page, `failed${path.replaceAll(/\W+/g, "-")}`);
      throw error;
    } finally {
      await shut(page);
    }
  };
}

const opened = [];

/**
 * A page without a visit, for tests that need several; they are looked back at when all is done: nothing may have broken,
 * while answers that were refused are the tests' own matter.
 */
export async function open(path, options) {
  const page = await opening(path, options);
  opened.push(page);
  return page;
}

async function opening(path, { size = WIDE, dark, without } = {}) {
  const context = await browser.newContext({
    viewport: size, colorScheme: dark ? "dark" : "light", locale: "zh-CN",
    timezoneId: "Asia/Shanghai", acceptDownloads: true,
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  if (without) await page.route(`**${without}*`, (route) => route.fulfill({ status: 404, body: "" }));
  page.problems = watch(page, without);
  await page.goto(url + path);
  return page;
}

/** Asks the service itself; an answer that refuses is an error. */
export async function call(method, path, body) {
  const headers = { "Content-Type": "application/json", "Accept-Language": "zh-CN" };
  const answer = await fetch(url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(CALL_MS) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** Whatever goes wrong from now on, in words. */
function watch(page, without) {
  const problems = [];
  const ours = (address) => !without || !address.includes(without);
  page.on("console", (message) => {
    if (message.type() === "error" && ours(message.location().url)) problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => {
    // Streams and superseded requests are broken off by the page itself.
    const why = request.failure()?.errorText;
    if (why !== "net::ERR_ABORTED" && ours(request.url())) problems.push(`request: ${request.url()} ${why}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && ours(response.url())) problems.push(`answer: ${response.status()} ${response.url()}`);
  });
  return problems;
}

/** Waits until the page says it is done and no skeleton is left. */
export async function drawn(page) {
  await page.waitForFunction(() => {
    const main = document.getElementById("main");
    return main && !document.querySelector("#main[aria-busy='true'], #main [aria-busy='true'], #main .skeleton") && main.childElementCount > 0;
  }, undefined, { timeout: 30_000 });
}

/** axe-core's serious and critical findings, one line each; must be none. */
export async function accessible(page) {
  await page.evaluate(axeSource);
  // Without preload: axe would copy our style sheets inline, which the policy forbids.
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"], preload: false });
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, impact, nodes }) => nodes.map((node) => `${impact} ${id}: ${node.target.join(" ")} — ${node.html.slice(0, 120)}`));
  });
  assert.deepEqual(found, [], `axe at ${page.url()}`);
}

/** The body must not scroll sideways, once charts have taken their new size. */
export async function fits(page) {
  const settled = page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth, undefined, { timeout: 5_000 });
  await settled.catch(async () => {
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.fail(`${page.url()} is ${content} px wide in a window of ${window}`);
  });
}

/** Presses Tab until the element that has the focus matches the selector; fails after `most` stops. */
export async function tabTo(page, selector, most = 80) {
  for (let stop = 0; stop < most; stop += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  assert.fail(`Tab does not reach ${selector} in ${most} stops`);
}

/** The focus must be visible: an outline on the element that has it. */
export async function focusSeen(page) {
  const seen = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2;
  });
  assert.ok(seen, `the focus is not seen on ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120))}`);
}

/** What a click saves: its name and content. */
export async function saved(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), content: readFileSync(await download.path()) };
}

/** A picture of the page, only where GUIKOU_PICTURES names a folder. */
export async function picture(page, name) {
  const folder = process.env.GUIKOU_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` }).catch(() => {});
}

/** The sources' folder, for tests that compare. */
export const sources = fileURLToPath(web);
