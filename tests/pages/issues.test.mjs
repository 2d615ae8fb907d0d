// 诉求组: found, understood, put together, taken apart and taken back, by mouse and by keyboard alone.

import assert from "node:assert/strict";
import { NARROW, accessible, drawn, fits, test, url, visit } from "./harness.mjs";

const ask = async (path, options) => (await fetch(url + path, options)).json();
const read = (id) => ask(`/v1/issues/${id}`);
const undo = (id, act) => ask(`/v1/issues/${id}:undo`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ act }) });
const groups = (await ask("/v1/issues?page_size=200&days=30")).items;
assert.ok(groups.length >= 10, "the demo has groups");

/** A group with so many cases, all of whose texts may be read, not yet used by another test. */
const used = new Set();
async function some(least) {
  for (const { id } of groups) {
    if (used.has(id)) continue;
    const group = await read(id);
    // Groups of the demo only: other tests send in cases of their own, some of them word for word the same.
    if (group.cases < least || group.tellings.some((telling) => telling.protected || !telling.reference?.startsWith("DEMO-"))) continue;
    used.add(id);
    return group;
  }
  throw new Error(`no group of ${least} cases is left`);
}

const rows = (page) => page.locator(".groups tbody tr[tabindex]");
const texts = (page) => page.locator(".telling");
const notice = (page, text) => page.locator(".notice", { hasText: text });

test("the list is filtered, searched and sorted, and the address says so", visit("/issues?min_cases=4", async (page) => {
  await rows(page).first().waitFor();
  const four = groups.filter((group) => group.cases >= 4).length;
  await page.getByText(`${four} 组`, { exact: true }).waitFor();
  await page.getByRole("button", { name: /^件/ }).click();
  await page.waitForURL(/sort=-cases/);
  await page.locator("th[aria-sort=descending]", { hasText: "件" }).waitFor();
  const counts = (await page.locator(".groups tbody td:nth-child(2)").allTextContents()).map(Number);
  assert.deepEqual(counts, [...counts].sort((a, b) => b - a));
  const place = groups.find((group) => group.cases >= 4 && group.place);
  await page.locator(".filters input[type=search]").fill(place.place);
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=/);
  await page.waitForFunction((title) => [...document.querySelectorAll(".groups tbody tr")].every((row) => row.textContent.includes(title)), place.place);
  await page.reload();
  await rows(page).first().waitFor();
  assert.ok((await rows(page).first().textContent()).includes(place.place));
}));

test("groups are narrowed by how they stand and who answers, each with its own line", visit("/issues?state=closed", async (page) => {
  const closed = groups.filter((group) => group.closed === group.cases).length;
  await page.getByText(closed === 0 ? "没有符合条件的诉求组" : `${closed} 组`, { exact: true }).waitFor();
  const unit = groups[0].departments[0];
  await page.goto(`${url}/issues?department=${unit}`);
  await page.getByText(`${groups.filter((group) => group.departments.includes(unit)).length} 组`, { exact: true }).waitFor();
  const first = groups.find((group) => group.departments.includes(unit));
  const told = first.days.reduce((sum, n) => sum + n, 0);
  assert.match(await rows(page).first().locator("svg.spark").getAttribute("aria-label"), new RegExp(`共 ${told} 件`));
}));

test("by keyboard from the list into a group and back", visit("/issues", async (page) => {
  await rows(page).first().waitFor();
  await rows(page).first().focus();
  await page.keyboard.press("ArrowDown");
  const title = await rows(page).nth(1).locator("a").first().textContent();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
  await page.goBack();
  await rows(page).first().waitFor();
  assert.equal(await page.locator("h1:visible").count(), 1);
}));

const telling = await some(4);
test("a group tells its cases, its people, who answers and why it is one", visit(`/issues?id=${telling.id}`, async (page) => {
  const group = telling;
  await texts(page).first().waitFor();
  assert.equal(await texts(page).count(), group.cases);
  assert.equal(await page.locator(".telling.first .name").textContent(), group.tellings.find((one) => one.case === group.medoid).reference);
  const link = await page.locator(".fact", { hasText: "件数" }).locator("a").first().getAttribute("href");
  assert.equal(link, `/cases?issue=${group.id}`);
  assert.equal(await page.locator(".acts > li").count(), group.acts.length);
  await page.locator(".telling .why-button").nth(1).click();
  await page.locator(".verdict").waitFor();
  assert.ok(await page.locator(".shared-words .chip").count() > 0, "shared words are named");
  await page.locator(".chart canvas").first().waitFor();
  await page.getByRole("button", { name: "不同的词" }).click();
  await page.locator("mark.differs").first().waitFor();
  await page.waitForURL(/marks=own/);
}));

const split = await some(4);
test("by keyboard alone: tick two cases, split them off with a reason, take it back", visit(`/issues?id=${split.id}`, async (page) => {
  const group = split;
  await texts(page).first().waitFor();
  for (const key of ["j", "j", "x", "j", "x"]) await page.keyboard.press(key);
  await page.getByText(`已选 2 / ${group.cases} 件`).waitFor();
  await page.keyboard.press("s");
  await page.getByRole("heading", { name: "拆出 2 件" }).waitFor();
  await page.keyboard.type("不是同一件事");
  await page.keyboard.press("Control+Enter");
  await notice(page, "已拆出 2 件").waitFor();
  const after = await read(group.id);
  const act = after.acts.findLast((one) => one.kind === "split" && one.actor);
  assert.equal(act.reason.note, "不是同一件事");
  assert.equal(act.cases.length, 2);
  await page.locator(`#act-${act.n}`).waitFor();
  await page.keyboard.press("Control+z");
  await notice(page, "已撤销").waitFor();
  assert.equal((await read(group.id)).cases, group.cases);
  await page.waitForFunction((n) => document.querySelectorAll(".telling").length === n, group.cases);
}));

const moved = await some(3);
test("a case is moved out by mouse; what the service refuses is said", visit(`/issues?id=${moved.id}`, async (page) => {
  const group = moved;
  await texts(page).nth(1).getByRole("button", { name: "移出本组" }).click();
  await page.getByRole("button", { name: "不是同一件事" }).click();
  await page.getByLabel("岗位").fill("派单员");
  await page.route("**/*:split", (route) => route.fulfill({ status: 422, contentType: "application/problem+json", body: JSON.stringify({ title: "内容不符合要求", detail: "理由过长", errors: [] }) }));
  await page.getByRole("button", { name: "移出", exact: true }).click();
  await page.locator("dialog .state.bad", { hasText: "理由过长" }).waitFor();
  await page.unroute("**/*:split");
  await page.getByRole("button", { name: "移出", exact: true }).click();
  await notice(page, "已移出").waitFor();
  await page.locator(".acts > li", { hasText: "派单员" }).first().waitFor();
  const act = (await read(group.id)).acts.findLast((one) => one.actor === "派单员");
  await undo(group.id, act.n);
}, { expected: /422/ }));

const [keep, other] = [await some(2), await some(2)];
test("two groups are put together after a look at both, and the old address leads to the new group", visit(`/issues?id=${keep.id}`, async (page) => {
  await texts(page).first().waitFor();
  await page.keyboard.press("m");
  await page.getByLabel("找另一组").fill(other.title);
  await page.keyboard.press("Enter");
  const row = page.locator(".choice-row", { hasText: other.title }).first();
  await row.waitFor();
  await row.focus();
  await page.keyboard.press("Enter");
  await page.locator(".both .column").nth(1).waitFor();
  assert.ok((await page.locator(".both").textContent()).includes(other.title));
  await page.keyboard.type("同一件事");
  await page.keyboard.press("Control+Enter");
  await notice(page, "并入").waitFor();
  assert.equal((await read(keep.id)).cases, keep.cases + other.cases);

  await page.goto(`${url}/issues?id=${other.id}`);
  await drawn(page);
  await page.locator(".banner", { hasText: "并入本组" }).waitFor();
  await page.getByRole("link", { name: "看它自己的记录" }).click();
  await page.getByText("本组已并入别组").waitFor();
  await page.getByRole("button", { name: /撤销第 \d+ 次变更：人工并组/ }).first().click();
  await page.keyboard.type("并错了");
  await page.keyboard.press("Control+Enter");
  await notice(page, "已撤销第").waitFor();
  assert.equal((await read(other.id)).cases, other.cases);
}));

test("a group that is not there says so", visit("/issues?id=g_none", async (page) => {
  await page.locator(".state.bad", { hasText: "没有这个诉求组" }).waitFor();
}, { expected: /404/ }));

for (const path of ["/issues", `/issues?id=${groups.find((group) => group.cases >= 4).id}`]) {
  for (const dark of [false, true]) test(`axe finds nothing serious on ${path}, ${dark ? "dark" : "light"}`, visit(path, accessible, { dark }));
  test(`nothing sticks out of ${path} on a narrow screen`, visit(path, fits, { size: NARROW }));
}
