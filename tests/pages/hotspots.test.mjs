// 热点: alerts are met with one key, the ranking says why, figures add up, the city's map stays at home.

import assert from "node:assert/strict";
import { NARROW, accessible, call, open, test } from "./harness.mjs";

const DAY = 86_400_000;
const stamp = (at) => `${new Date(at + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
/** Eight in the morning of yesterday, as the hotline dates it: a moment that is over, so that what comes in meanwhile changes nothing. */
const AS_OF = stamp(Math.floor((Date.now() + 8 * 3_600_000) / DAY) * DAY - DAY);
const THEN = `as_of=${encodeURIComponent(AS_OF)}&days=30`;
const number = (text) => Number(text.replaceAll(",", "").replace("−", "-").trim() || 0);
/** How many cases a link of the page or of the service lists; for links to less than a page of them. */
const listed = async (link) => (await call("GET", `${link.replace("/cases", "/v1/complaints")}&page_size=200`)).items.length;
const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
const settled = (page) => page.waitForFunction(() =>
  document.querySelector(".region") && !document.querySelector('main [aria-busy="true"]'));

async function hotspots(query, options) {
  const page = await open(`/hotspots?${query}`, options);
  await settled(page);
  return page;
}

/** Two alerts that nobody raised, and what the page sends about them. */
async function withAlerts(query = "") {
  const alert = (n, level) => ({
    id: `a_${n}`, seq: n, kind: "cell", issue: null, category: "0501", district: "樊城区", level, level_name: "", rule: "cell_burst",
    title: `樊城区：第 ${n} 件事`, sentence: `樊城区：第 ${n} 件事，24 小时内 5 件`, raised_at: AS_OF, escalated_at: null, state: "open", actor: null,
    figures: { within_hours: 24, from: AS_OF, to: AS_OF, cases: 5, people: 5, communities: 1, flagged: 0, z: 4.8 },
    reason: null, acted_at: null, into_alert: null, link: "/v1/complaints?category=0501",
  });
  const sent = [];
  const page = await open("/hotspots?tab=map");
  await page.route("**/v1/alerts?*", (route) =>
    route.fulfill({ json: { items: route.request().url().includes("state=open") ? [alert(1, "blue"), alert(2, "red")] : [], next_cursor: null } }));
  await page.route("**/v1/deliveries?*", (route) => route.fulfill({ json: { next_cursor: null, items: route.request().url().includes("dead")
    ? [{ id: "d_1", alert: "a_1", entry: 1, target: "https://oa.example", state: "dead", attempts: 8, created_at: AS_OF, next_at: AS_OF, status: 503, error: "status" }] : [] } }));
  await page.route(/\/v1\/(alerts|deliveries)\/[^/]+:\w+$/, (route) => {
    sent.push([new URL(route.request().url()).pathname.split("/").pop(), route.request().postDataJSON()]);
    return route.fulfill({ json: {} });
  });
  await page.goto(new URL(`/hotspots${query}`, page.url()).href);
  await page.locator(".alert").first().waitFor();
  return { page, sent };
}

test("the gravest alert stands first; one key confirms, two dismiss with a reason", async () => {
  const { page, sent } = await withAlerts();
  assert.deepEqual(await page.locator(".alert h3").allTextContents(), ["樊城区：第 2 件事", "樊城区：第 1 件事"]);
  await page.keyboard.press("j");
  await page.keyboard.press("a");
  await page.locator(".notice", { hasText: "已确认" }).waitFor();
  assert.deepEqual(sent.shift(), ["a_2:acknowledge", { reason: "已知悉" }]);
  await page.locator('[data-alert="a_1"]').focus();
  await page.keyboard.press("x");
  await page.locator(".reason").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".reason").waitFor({ state: "detached" });
  assert.equal(sent.length, 0);
  await page.keyboard.press("x");
  await page.keyboard.press("2");
  await page.locator(".notice", { hasText: "已忽略" }).waitFor();
  assert.deepEqual(sent.shift(), ["a_1:dismiss", { reason: "计划内、已公告" }]);
});

test("an alert that reached nobody is said, and can be sent again", async () => {
  const { page, sent } = await withAlerts();
  const trouble = page.locator("details.trouble");
  assert.match(await trouble.textContent(), /1 条推送没有送达.*HTTP 503/s);
  await trouble.locator("summary").click();
  await trouble.getByRole("button", { name: "现在重试" }).click();
  await page.locator(".notice", { hasText: "已重新推送" }).waitFor();
  assert.equal(sent[0][0], "d_1:retry");
});

test("an alert acted on elsewhere leaves the list by itself", async (t) => {
  const { items } = await call("GET", "/v1/alerts?state=open");
  if (items.length === 0) return t.skip("no open alert in these data");
  const page = await hotspots("tab=map");
  const rest = `${items.length - 1}`;
  await page.waitForTimeout(500);
  await call("POST", `/v1/alerts/${items.at(-1).id}:acknowledge`, { reason: "测试" });
  await page.waitForFunction((left) => {
    const shown = [...document.querySelectorAll(".tally .level")].map((one) => Number(one.textContent.replace(/\D/g, "")));
    return String(shown.reduce((all, one) => all + one, 0)) === left;
  }, rest);
});

test("the ranking is the service's, its parts add up to the heat", async () => {
  const page = await hotspots(`${THEN}&over=cell`);
  const from = stamp(Date.parse(AS_OF) - 30 * DAY);
  const hot = await call("GET", `/v1/hotspots?over=cell&as_of=${encodeURIComponent(AS_OF)}&from=${encodeURIComponent(from)}`);
  const rows = await page.locator(".rank tbody tr").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.equal(rows.length, hot.rows.length);
  hot.rows.forEach((spot, at) => {
    assert.equal(rows[at][1].startsWith(spot.title), true);
    assert.equal(number(rows[at][3]), spot.cases);
    assert.equal(number(rows[at][4]), spot.people);
    assert.ok(Math.abs(sum(Object.values(spot.parts).map((part) => part.points)) - spot.heat) < 1e-6);
  });
  assert.equal(await listed(hot.rows[0].link), hot.rows[0].cases);
});

test("a hotspot opens beside the list by keyboard, Escape gives the row back, the address is shared", async () => {
  const page = await hotspots(THEN);
  await page.locator(".rank tbody tr").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/open=/);
  await page.locator(".panel .parts").waitFor();
  const title = await page.locator(".panel h2").textContent();
  const parts = (await page.locator(".panel .got").allTextContents()).map((text) => Number(text.split("/")[0]));
  const heat = Number(/[\d.]+/.exec(await page.locator(".panel h3 b").first().textContent())[0]);
  assert.ok(Math.abs(sum(parts) - heat) <= 0.3, "rounded parts make the rounded heat");
  const shared = await open(new URL(page.url()).pathname + new URL(page.url()).search);
  await shared.locator(".panel h2", { hasText: title }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.searchParams.has("open"));
  assert.equal(await page.evaluate(() => document.activeElement.textContent), title);
});

test("the heat map adds up, opens a domain, and its cells lead to as many cases", async () => {
  const page = await hotspots(`${THEN}&tab=spread`);
  const read = () => page.evaluate(() => {
    const table = document.querySelector(".heat-table");
    const numbers = (row) => [...row.querySelectorAll("td")].map((one) => Number(one.textContent.replaceAll(",", "") || 0));
    return { rows: [...table.tBodies[0].rows].map(numbers), foot: numbers(table.tFoot.rows[0]) };
  });
  const { rows, foot } = await read();
  for (const row of rows) assert.equal(sum(row.slice(0, -1)), row.at(-1));
  foot.forEach((margin, at) => assert.equal(sum(rows.map((row) => row[at])), margin));
  const link = page.locator(".heat-table td.cell a").first();
  assert.equal(number(await link.textContent()), await listed(await link.getAttribute("href")));
  await page.locator(".heat-table tbody button").first().click();
  await page.waitForURL(/domain=/);
  await page.locator(".trail").waitFor();
  assert.equal((await read()).foot.at(-1), rows[0].at(-1));
});

test("two periods: each difference is the difference of its two counts", async () => {
  const page = await hotspots(`${THEN.replace("days=30", "days=14")}&tab=compare&by=district`);
  const rows = await page.locator(".block table tbody tr").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.ok(rows.length > 0);
  for (const [name, now, then, more] of rows) assert.equal(number(now) - number(then), number(more), name);
  const totals = (await page.locator(".two dd a").allTextContents()).map(number);
  assert.equal(sum(rows.map((row) => number(row[1]))), totals[0]);
  await page.getByLabel("与什么时候比").selectOption("own");
  await page.getByLabel("对比期起").waitFor();
});

test("the trend has its table: counts, bands, seven days ahead", async () => {
  const page = await hotspots(`${THEN}&tab=trend`);
  const figure = page.locator("figure.chart").first();
  await figure.getByRole("button", { name: "表" }).click().catch(() => undefined);
  const rows = await figure.locator("tbody tr").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.equal(rows.filter((row) => row[2] === "—" && row[3] !== "—").length, 7, "days ahead have a band and no count");
  const { total } = await call("GET", `/v1/volumes?by=day&from=${rows[0][0]}&to=${rows.at(-8)[0]}`);
  assert.equal(sum(rows.slice(0, -7).map((row) => number(row[2]))), total);
});

test("the city's map is given by hand, joined by name or code, kept, and never sent", async () => {
  const square = (x) => [[[x, 30], [x + 1, 30], [x + 1, 31], [x, 31], [x, 30]]];
  const area = (properties, x) => ({ type: "Feature", properties, geometry: { type: "Polygon", coordinates: square(x) } });
  const file = { type: "FeatureCollection", features: [area({ 编号: "420606" }, 111), area({ 编号: "420602" }, 112), area({ 编号: "999999", name: "别处" }, 113)] };
  const page = await hotspots(`${THEN.replace("days=30", "days=7")}&tab=map`);
  const sent = [];
  page.on("request", (request) => { if (request.method() !== "GET") sent.push(request.url()); });
  await page.locator("input[type=file]").setInputFiles({ name: "城区.geojson", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(file)) });
  await page.locator(".map-svg").waitFor();
  const links = await page.locator(".map-svg a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  assert.equal(links.length, 2);
  assert.equal(await page.locator(".map-svg text").first().textContent(), `樊城区${await listed(links[0])}`);
  await page.getByText("对不上区县：别处", { exact: false }).waitFor();
  await page.reload();
  await page.locator(".map-svg").waitFor();
  assert.deepEqual(sent, []);
  await page.getByRole("button", { name: "换地图" }).click();
  await page.locator("input[type=file]").setInputFiles({ name: "错.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await page.locator(".notice", { hasText: "FeatureCollection" }).waitFor();
});

test("nothing serious is found by axe, nothing sticks out on a narrow screen", async () => {
  for (const options of [{}, { dark: true }, { size: NARROW }]) {
    const page = await hotspots("", options);
    for (const tab of ["排行", "趋势", "分布", "对比", "新词", "地图"]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.locator(`[role=tab][aria-selected=true]`, { hasText: tab }).waitFor();
      await page.locator("[role=tabpanel] .region:visible").first().waitFor();
      await settled(page);
      await accessible(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${tab}: ${over} px stick out`);
    }
    await page.close();
  }
});

test("weights are set on the page, live in the address and change the ranks; senseless ones are refused", async () => {
  const page = await hotspots(THEN);
  const shown = () => page.locator(".rank [data-open]").evaluateAll((all) => all.map((one) => one.dataset.open));
  const from = stamp(Date.parse(AS_OF) - 30 * DAY);
  const ranked = async (weights) => (await call("GET", `/v1/hotspots?${new URLSearchParams({ as_of: AS_OF, from, ...weights })}`)).rows.map(({ id }) => id);
  const before = await ranked({});
  assert.deepEqual(await shown(), before);
  await page.getByText("权重", { exact: true }).click();
  assert.match(await page.locator(".weights .note").innerText(), /量 35%，突增 25%，人 15%，轻重 15%，反复 10%/);
  assert.equal(await page.inputValue("#weight-volume"), "35");
  await page.fill("#weight-volume", "0");
  await page.getByText("合计须为 100%，现在 65%").waitFor();
  assert.ok(await page.getByRole("button", { name: "按此排行" }).isDisabled());
  for (const [part, share] of Object.entries({ burst: "0", people: "0", severity: "0", returns: "100" })) await page.fill(`#weight-${part}`, share);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("weights") === "0,0,0,0,1");
  await page.getByText("权重（已改）").waitFor();
  await settled(page);
  const other = await ranked({ weights: "0,0,0,0,1" });
  assert.deepEqual(await shown(), other);
  assert.notDeepEqual(other, before, "another weight, another order");
  await accessible(page);
  await page.reload();
  await settled(page);
  assert.deepEqual(await shown(), other, "a link says the same");
  await page.getByRole("button", { name: "恢复默认" }).click();
  await page.waitForURL((url) => !url.searchParams.has("weights"));
  await page.goto(new URL(`/hotspots?${THEN}&weights=1,1,0,0,0`, page.url()).href);
  await page.getByText("五个权重之和须为 1，现在是 2").waitFor();
  await page.getByRole("button", { name: "恢复默认权重" }).click();
  await page.locator(".rank [data-open]").first().waitFor();
  assert.deepEqual(await shown(), before);
});
