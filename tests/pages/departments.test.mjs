// 办理: figures with their intervals, what is owed, one unit, the sheet to hand out, the public edition.

import assert from "node:assert/strict";
import { NARROW, accessible, drawn, fits, test, url, visit } from "./harness.mjs";

const ask = async (path) => (await fetch(url + path)).json();

const figures = (page) => page.locator(".figures-table tbody tr");
const report = (query = "") => ask(`/v1/departments${query}`);

test("every unit has its rates with counts that lead to the cases", visit("/departments", async (page) => {
  const found = await report();
  await figures(page).first().waitFor();
  const rows = found.rows.filter((row) => row.assigned.cases > 0 || row.returned.cases > 0);
  assert.equal(await figures(page).count(), rows.length);
  const one = rows.find((row) => row.on_time.of > 0);
  const row = figures(page).filter({ hasText: one.name }).first();
  const links = await row.locator("a.cases").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  for (const link of [one.on_time.hits_link, one.on_time.of_link, one.assigned.link]) {
    assert.ok(links.includes(link.replace("/v1/complaints", "/cases")), link);
  }
  assert.ok((await row.locator("svg.whisker").nth(1).getAttribute("aria-label")).includes("95% 区间"));
  assert.ok(await page.locator(".caution").textContent());
}));

test("a unit is called different from the city only with cases enough and its interval apart", visit("/departments", async (page) => {
  const found = await report();
  await figures(page).first().waitFor();
  const names = await page.locator(".apart.below li > a:first-child").allTextContents();
  for (const name of names) {
    const row = found.rows.find((one) => one.name === name);
    const apart = ["response", "on_time", "resolution", "satisfaction"].some((key) => row[key].of >= 10 && row[key].high < found.total[key].rate);
    assert.ok(apart, name);
  }
}));

test("by keyboard: filter by kind of unit, sort, share the address", visit("/departments", async (page) => {
  await figures(page).first().waitFor();
  await page.getByRole("button", { name: "公用企业" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/level=utility/);
  await page.getByRole("button", { name: /^承办件/ }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/sort=assigned/);
  const counts = async (of) => (await of.locator(".figures-table tbody td:nth-child(2)").allTextContents()).map((text) => Number(text.replaceAll(",", "")));
  const shown = await counts(page);
  assert.deepEqual(shown, [...shown].sort((a, b) => b - a));
  assert.equal(await page.evaluate(() => document.activeElement.textContent.includes("承办件")), true);
  await page.reload();
  await drawn(page);
  assert.deepEqual(await counts(page), shown);
}));

test("rows lead to the units within, and a unit to its own page and back", visit("/departments?group=level", async (page) => {
  await figures(page).first().waitFor();
  await page.getByRole("link", { name: "政府部门" }).first().click();
  await page.waitForURL(/level=bureau/);
  await page.getByRole("link", { name: "城市管理执法局" }).last().click();
  await page.getByRole("heading", { level: 1, name: "城市管理执法局" }).waitFor();
  await page.locator(".measure").first().waitFor();
  const unit = await ask("/v1/departments/CGJ");
  assert.equal(await page.locator(".fact", { hasText: "承办件" }).locator("a").first().textContent(), String(unit.figures.assigned.cases));
  await page.getByText(`督办 ${unit.supervisions.length} 条`).waitFor();
  await page.locator(".chart canvas").first().waitFor();
  await page.keyboard.press("b");
  await figures(page).first().waitFor();
  assert.ok(page.url().includes("level=bureau"));
}));

test("supervisions are listed by deadline, and what is overdue stands out", visit("/departments?tab=supervision", async (page) => {
  const found = await ask("/v1/supervisions?state=standing&page_size=200");
  await page.locator("section[aria-labelledby=supervision-title] tbody tr").first().waitFor();
  assert.equal(await page.locator("section[aria-labelledby=supervision-title] tbody tr").count(), found.items.length);
  assert.equal(await page.locator(".chip.bad").count(), found.items.filter((one) => one.overdue).length);
  await page.getByRole("button", { name: "已销号" }).click();
  await page.waitForURL(/supervised=lifted/);
  await page.locator(".chip.good").first().waitFor();
}));

test("one rate of all units is drawn on one axis, with its table", visit("/departments?tab=compare", async (page) => {
  await page.locator(".chart canvas").waitFor();
  await page.getByRole("button", { name: "解决率" }).click();
  await page.waitForURL(/measure=resolution/);
  await page.locator(".chart-tools").getByRole("button", { name: "表" }).click();
  await page.locator(".chart tbody tr").first().waitFor();
}));

test("the sheet adds up, and prints without the page around it", visit("/departments?tab=bulletin", async (page) => {
  const { rows, total } = await report();
  await page.locator(".bulletin tbody tr").first().waitFor();
  const cells = await page.locator(".bulletin tfoot td").allTextContents();
  assert.equal(cells[0], total.assigned.cases.toLocaleString("zh-CN"));
  assert.equal(cells[2], String(total.answering.late.cases + total.answering.overdue.cases));
  assert.equal(await page.locator(".bulletin tbody tr:not(.tier-row)").count(), rows.filter((row) => row.assigned.cases > 0).length);
  await page.emulateMedia({ media: "print" });
  for (const hidden of [".top nav", ".filters", ".tabs", ".bulletin-tools"]) assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
}));

test("the public edition shows what is withheld as withheld, and no link to cases", visit("/departments?tab=public", async (page) => {
  await page.locator(".withheld").first().waitFor();
  assert.equal(await page.locator(".figures-table a").count(), 0);
  const found = await report("?edition=public");
  const one = found.rows.find((row) => row.suppressed);
  assert.equal(await figures(page).filter({ hasText: one.name }).first().locator(".withheld").count(), 6);
  assert.ok((await page.locator(".withheld-why").textContent()).includes("隐去"));
}));

for (const path of ["/departments", "/departments?unit=CGJ", "/departments?tab=supervision", "/departments?tab=bulletin", "/departments?tab=public"]) {
  test(`axe finds nothing serious on ${path}`, visit(path, accessible, { dark: path.includes("unit") }));
  test(`nothing sticks out of ${path} on a narrow screen`, visit(path, fits, { size: NARROW }));
}
