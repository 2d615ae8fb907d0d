// 统计: what is shown adds up to what the service counted, and every step into it leads back.

import assert from "node:assert/strict";
import { NARROW, accessible, call, open, test } from "./harness.mjs";

/** A day so many days ago, as the hotline's clock has it: nothing new comes into days that are over. */
const ago = (days) => new Date(Date.now() + 8 * 3_600_000 - days * 86_400_000).toISOString().slice(0, 10);
const PAST = `from=${ago(29)}&to=${ago(2)}`;
const number = (text) => Number(text.replaceAll(",", "").trim() || 0);
/** How many cases a link of the page or of the service lists; for links to less than a page of them. */
const listed = async (link) => (await call("GET", `${link.replace("/cases", "/v1/complaints")}&page_size=200`)).items.length;
const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
const settled = (page) => page.waitForFunction(() => document.querySelector("main > .region")?.getAttribute("aria-busy") === "false");

async function figures(query, options) {
  const page = await open(`/figures?${query}`, options);
  await settled(page);
  return page;
}

/** The cells of a column by its heading. */
async function column(page, name) {
  return page.evaluate((wanted) => {
    const table = [...document.querySelectorAll(".card table")].at(-1);
    const at = [...table.querySelectorAll("thead th")].findIndex((one) => one.textContent.trim() === wanted);
    return [...table.querySelectorAll("tbody tr")].map((row) => row.children[at].textContent);
  }, name);
}

test("each way of counting adds up to the service's total, and its link to as many cases", async () => {
  for (const by of ["category", "domain", "district", "department", "channel", "day", "week", "weekday", "issue"]) {
    const page = await figures(`by=${by}&${PAST}&top=5`);
    const { total } = await call("GET", `/v1/volumes?by=${by}&${PAST}`);
    const shown = (await column(page, "件数")).map(number);
    assert.equal(sum(shown), total, `by ${by}`);
    assert.equal(number(await page.locator(".fact b").first().textContent()), total);
    await page.close();
  }
  const page = await figures(`by=district&${PAST}`);
  const cell = page.locator("tbody td.number a.cases").first();
  assert.equal(number(await cell.textContent()), await listed(await cell.getAttribute("href")));
});

test("a pivot's cells add up to both margins and to the whole", async () => {
  for (const by of ["domain,district", "hour_of_day,weekday", "week,channel"]) {
    const page = await figures(`by=${by}&${PAST}&top=5`);
    const { total } = await call("GET", `/v1/volumes?by=${by}&${PAST}`);
    const { rows, foot } = await page.evaluate(() => {
      const table = document.querySelector(".heat-table");
      const numbers = (row) => [...row.querySelectorAll("td")].map((one) => Number(one.textContent.replaceAll(",", "")));
      return { rows: [...table.tBodies[0].rows].map(numbers), foot: numbers(table.tFoot.rows[0]) };
    });
    for (const row of rows) assert.equal(sum(row.slice(0, -1)), row.at(-1), `a row of ${by}`);
    foot.forEach((margin, at) => assert.equal(sum(rows.map((row) => row[at])), margin, `a column of ${by}`));
    assert.equal(foot.at(-1), total);
    await page.close();
  }
});

test("the change on the page is the service's, and none is made up on few cases", async () => {
  const query = `by=category&${PAST}&top=20`;
  const page = await figures(`${query}&against=previous`);
  const { rows } = await call("GET", `/v1/volumes?${query}`);
  const shown = await column(page, "增减");
  assert.equal(shown.length, rows.length);
  rows.forEach(({ previous }, at) => {
    if (previous.change === null || previous.change === undefined) assert.equal(shown[at], "—");
    else assert.equal(number(shown[at].replace("−", "-").replace("%", "")), Math.round(previous.change * 1000) / 10);
  });
});

test("a period that is not over says so", async () => {
  const page = await figures(`by=day&from=${ago(3)}&to=${ago(0)}`);
  await page.getByText("本期未完", { exact: false }).waitFor();
  const names = await column(page, "日");
  assert.deepEqual(names.map((name) => name.includes("未完")), [false, false, false, true]);
});

test("a row opens what is inside it, the crumbs and Back lead out again", async () => {
  const page = await figures(`by=domain&${PAST}`);
  const first = page.locator("tbody button.link").first();
  const domain = await first.textContent();
  const cases = number((await column(page, "件数"))[0]);
  await first.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/by=category/);
  await page.locator(".crumbs", { hasText: domain }).waitFor();
  await settled(page);
  assert.equal(number(await page.locator(".fact b").first().textContent()), cases);
  await page.locator("tbody button.link").first().click();
  await page.waitForURL(/by=district/);
  await page.locator(".crumbs li").nth(2).waitFor();
  await page.locator(".crumbs").getByRole("button", { name: "全部" }).click();
  await page.waitForURL((url) => url.searchParams.get("by") === "domain" && !url.searchParams.has("category"));
  await page.goBack();
  await page.waitForURL(/by=district/);
});

test("rows and columns are chosen, swapped and shared by the address alone", async () => {
  const page = await figures(PAST);
  await page.getByLabel("行", { exact: true }).selectOption("channel");
  await page.waitForURL(/by=channel/);
  await page.getByLabel("列", { exact: true }).selectOption("district");
  await page.waitForURL((url) => url.searchParams.get("by") === "channel,district");
  await page.getByRole("button", { name: "行列互换" }).click();
  await page.waitForURL((url) => url.searchParams.get("by") === "district,channel");
  await page.getByRole("button", { name: "堆积" }).click();
  await page.waitForURL(/shape=stack/);
  const again = await open(new URL(page.url()).pathname + new URL(page.url()).search);
  await settled(again);
  assert.equal(await again.getByRole("button", { name: "堆积" }).getAttribute("aria-pressed"), "true");
  assert.equal(await again.getByLabel("列", { exact: true }).inputValue(), "channel");
});

test("what the service refuses is said as it says it; nothing to show says what to do", async () => {
  const wrong = await open("/figures?by=district&from=never");
  await wrong.locator(".state.bad").waitFor();
  assert.match(await wrong.locator(".state.bad").textContent(), /from/);
  const none = await figures("by=district&from=2001-01-01&to=2001-01-02");
  await none.locator(".state", { hasText: "没有符合条件的案件" }).waitFor();
});

test("nothing serious is found by axe, nothing sticks out on a narrow screen", async () => {
  for (const options of [{}, { dark: true }, { size: NARROW }]) {
    const page = await figures("against=previous", options);
    for (const usual of ["逐日走势", "二级分类排行", "领域 × 区县", "逐日 × 渠道"]) {
      await page.getByRole("button", { name: usual }).click();
      await page.waitForTimeout(50);
      await settled(page);
      await accessible(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${usual}: ${over} px stick out`);
    }
    await page.close();
  }
});
