// How fast the pages are, as Chromium's own performance entries tell; and how large what they fetch is.
//
//   GUIKOU_URL=http://127.0.0.1:8345 node tests/pages/measure.mjs [runs]     (without GUIKOU_URL: the development build)
//
// Each run is a new browser profile with nothing kept. Milliseconds, medians; bytes as they crossed the wire (gzip).
// first paint: first-contentful-paint; drawn: the page's own mark when its data is shown; blocked: long tasks beyond
// 50 ms each; answer: the longest event entry of a click (handling until the next frame).

import { PAGES, drawn, open, url } from "./harness.mjs";

const runs = Number(process.argv[2] ?? 5);
const middle = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function measured(path) {
  const page = await open("/livez");
  await page.addInitScript(() => {
    const seen = (globalThis.seen = { long: 0, events: [], largest: 0 });
    const watch = (type, each, more = {}) => new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true, ...more });
    watch("longtask", (entry) => { seen.long += Math.max(0, entry.duration - 50); });
    watch("largest-contentful-paint", (entry) => { seen.largest = entry.startTime; });
    watch("event", (entry) => { seen.events.push(entry.duration); }, { durationThreshold: 16 });
  });
  await page.goto(url + path);
  await drawn(page);
  await page.waitForTimeout(500);
  await page.getByRole("button", { name: /^深浅色/ }).click();
  await page.waitForTimeout(400);
  const found = await page.evaluate(() => {
    const fetched = performance.getEntriesByType("resource");
    const [navigation] = performance.getEntriesByType("navigation");
    const bytes = (test) => fetched.filter(test).reduce((sum, entry) => sum + entry.transferSize, 0);
    return {
      paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
      largest: globalThis.seen.largest,
      drawn: performance.getEntriesByName("drawn")[0]?.startTime ?? NaN,
      blocked: globalThis.seen.long,
      answer: Math.max(0, ...globalThis.seen.events),
      requests: fetched.length + 1,
      own: navigation.transferSize + bytes(({ name }) => name.includes("/assets/") && !name.endsWith("charts.js")),
      charts: bytes(({ name }) => name.endsWith("charts.js")),
      data: bytes(({ name }) => name.includes("/v1/")),
    };
  });
  await page.context().close();
  return found;
}

const COLUMNS = ["paint", "largest", "drawn", "blocked", "answer", "requests", "own", "charts", "data"];
console.log(["page", ...COLUMNS].join("\t"));
for (const { path } of PAGES) {
  const all = [];
  for (let run = 0; run < runs; run += 1) all.push(await measured(path));
  console.log([path, ...COLUMNS.map((name) => Math.round(middle(all.map((one) => one[name]))))].join("\t"));
}
process.exit(); // The browser goes with it.
