// 质量: the figures of the advice lead to their cases, a threshold is tried by hand, drift knows chance, the queue is worked.

import assert from "node:assert/strict";
import { NARROW, accessible, fits, saved, test, url, visit } from "./harness.mjs";

const ask = async (path, options) => (await fetch(url + path, options)).json();
const percent = (p) => `${(p * 100).toFixed(1)}%`;
const toCases = (link) => link.replace("/v1/complaints", "/cases");
const notice = (page, text) => page.locator(".notice", { hasText: text });

test("how right the advice was, by ruling and by decision, with the cases behind each figure", visit("/quality", async (page) => {
  const found = await ask("/v1/quality");
  const head = page.locator(".fact", { hasText: "建议准确率" });
  assert.ok((await head.textContent()).includes(percent(found.right.rate)));
  assert.equal(await head.locator("a").first().getAttribute("href"), toCases(found.right.hits_link));
  for (const row of found.rulings) await page.locator(".halves tr", { hasText: row.name }).first().waitFor();
  const auto = found.decisions.find((row) => row.decision === "auto");
  assert.ok((await page.locator(".fact", { hasText: "实际准确率" }).textContent()).includes(percent(auto.right.rate)));
  await head.locator("a").first().click();
  await page.locator(".cases-count", { hasText: `${found.right.hits.toLocaleString("zh-CN")} 件` }).waitFor();
  await page.locator(".conditions", { hasText: "建议与认定相同" }).waitFor();
}));

test("a threshold moved by keyboard says what would happen, and the address keeps it", visit("/quality", async (page) => {
  const found = await ask("/v1/quality");
  const said = page.locator(".would");
  await said.waitFor();
  const sentence = (point) => `阈值 ${Number(point.threshold.toFixed(3))}：可自动派 ${percent(point.automatic)}`;
  const shipped = found.curve.find((point) => point.threshold >= found.bounds.auto);
  assert.ok((await said.textContent()).startsWith(sentence(shipped)), await said.textContent());
  await page.locator("#threshold").focus();
  for (let n = 0; n < 10; n += 1) await page.keyboard.press("ArrowLeft");
  const lower = found.curve[found.curve.indexOf(shipped) - 10];
  assert.ok((await said.textContent()).startsWith(sentence(lower)));
  await page.waitForURL(new RegExp(`threshold=${lower.threshold}`));
  assert.ok((await page.locator("#threshold").getAttribute("aria-valuetext")).includes("件派错"));
  await page.reload();
  await said.waitFor();
  assert.ok((await said.textContent()).startsWith(sentence(lower)));
  await page.getByRole("button", { name: "回到现行阈值" }).click();
  await page.waitForURL((address) => !address.search.includes("threshold"));
}));

test("the strict ruling leaves fewer cases, and the category can be judged", visit("/quality?ruling=settled&judged=category", async (page) => {
  const found = await ask("/v1/quality?ruling=settled&judged=category");
  const head = page.locator(".fact", { hasText: "建议准确率" });
  assert.ok((await head.textContent()).includes(percent(found.right.rate)));
  assert.equal(await page.locator(".halves").first().locator("tbody tr").filter({ hasText: "承办答复" }).count(), 0);
  await page.getByLabel("看什么").selectOption({ label: "牵头单位" });
  await page.waitForURL((address) => !address.search.includes("judged"));
  const units = await ask("/v1/quality?ruling=settled");
  await page.locator(".fact", { hasText: "建议准确率" }).getByText(percent(units.right.rate)).first().waitFor();
}));

test("returns are told by unit and reason, changes pair by pair", visit("/quality?tab=returns", async (page) => {
  const returns = await ask("/v1/quality/returns");
  await page.locator(".shade").first().waitFor();
  assert.equal(await page.locator("tbody tr").count(), returns.units.length);
  const [unit] = returns.units;
  const hrefs = await page.locator("tbody a").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  assert.ok(hrefs.includes(toCases(unit.reasons[0].cases.link)));
  await page.getByRole("tab", { name: "改动" }).click();
  const changes = await ask("/v1/quality/changes?top=50");
  await page.locator("tbody tr", { hasText: changes.pairs[0].decided.name }).first().waitFor();
  assert.equal(await page.locator("tbody tr").count(), changes.pairs.length);
  const file = await saved(page, () => page.getByRole("button", { name: "下载 CSV" }).click());
  assert.ok(file.content.toString("utf8").includes("建议代码"));
}));

/** The last days and those before them, both within the demonstration. */
const PERIODS = `from=${new Date(Date.now() - 9 * 86_400_000).toISOString().slice(0, 10)}&base_days=14`;

test("drift is told in words with the critical value beside it", visit(`/quality?tab=drift&${PERIODS}`, async (page) => {
  const found = await ask(`/v1/quality/drift?${PERIODS}`);
  await page.getByText(found.sentence, { exact: true }).waitFor();
  const states = { unknown: "件数不足", stable: "平稳", slight: "略有变化", moderate: "有变化", large: "变化很大" };
  for (const measure of found.measures) {
    const row = page.locator(".measure-row").filter({ has: page.locator(".measure-name", { hasText: new RegExp(`^${measure.name}$`) }) });
    assert.ok((await row.locator("summary").textContent()).includes(states[measure.state]), measure.name);
    if (measure.critical) assert.ok((await row.locator("summary").textContent()).includes(`临界 ${measure.critical.toFixed(3)}`));
  }
  await page.locator(".measure-row summary").first().focus();
  await page.keyboard.press("Enter");
  await page.locator(".measure-row[open] tbody tr").first().waitFor();
}));

test("without a shadow model the page says how to set one up", visit("/quality?tab=shadow", async (page) => {
  await page.getByText("没有影子模型").waitFor();
  await page.getByText("guikou serve --shadow").waitFor();
}));

test("the queue is worked by keys: N, A, Ctrl+Z, E", visit("/quality?tab=review", async (page) => {
  const queue = (await ask("/v1/quality/review?top=30")).items;
  assert.ok(queue.length >= 3, "the demo has cases to review");
  const picks = page.locator(".review-pick");
  await picks.first().waitFor();
  assert.equal(await picks.count(), queue.length);
  await page.keyboard.press("n");
  await page.waitForURL(new RegExp(`case=${queue[1].id}`));
  await page.locator(".review-because", { hasText: queue[1].because }).waitFor();
  await page.keyboard.press("a");
  await notice(page, "已审定为").waitFor();
  const settled = await ask(`/v1/complaints/${queue[1].id}`);
  const last = settled.feedback.at(-1);
  assert.deepEqual([last.settled, last.actor, last.final_unit], [true, "复核", queue[1].advised[0].code]);
  assert.equal(await picks.count(), queue.length - 1);
  assert.ok(!(await ask("/v1/quality/review?top=30")).items.some((item) => item.id === queue[1].id), "not put up again");
  await page.keyboard.press("Control+z");
  await notice(page, "已撤销").waitFor();
  assert.equal((await ask(`/v1/complaints/${queue[1].id}`)).feedback.length, settled.feedback.length - 1);
  await page.locator(".review-because", { hasText: queue[1].because }).waitFor();
  await page.keyboard.press("e");
  await page.keyboard.type("住建");
  await page.locator(".review [role=option][aria-selected=true]").waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await notice(page, "已审定为").first().waitFor();
  const corrections = await (await fetch(`${url}/v1/quality/corrections`)).text();
  const lesson = corrections.split("\n").filter(Boolean).map((line) => JSON.parse(line)).find((line) => line.id === queue[1].id);
  assert.equal(lesson.final_unit, (await ask(`/v1/complaints/${queue[1].id}`)).final_unit);
}));

for (const tab of ["", "returns", "changes", "drift", "shadow", "review"]) {
  test(`${tab || "precision"}: nothing serious is found by axe, nothing sticks out`, visit(`/quality?tab=${tab}`, async (page) => {
    await accessible(page);
    await page.setViewportSize(NARROW);
    await fits(page);
  }, { dark: tab === "drift" || tab === "review" }));
}
