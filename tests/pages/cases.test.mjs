// 案件: the list behind a number says what it is, and one case tells its whole life.

import assert from "node:assert/strict";
import { NARROW, accessible, call, open, saved, test } from "./harness.mjs";

const RUN = Date.now().toString(36);
let n = 0;
const keep = async (text, more = {}) =>
  (await call("POST", "/v1/complaints", { text, reference: `CASES-${RUN}-${(n += 1)}`, ...more })).id;
const read = (id) => call("GET", `/v1/complaints/${id}`);
const rows = (page) => page.locator(".cases-body tbody tr[tabindex]");

test("the filter is said in words, counted, and can be taken away", async () => {
  await keep("樊城区长虹路路灯不亮", { channel: "市长信箱" });
  const page = await open("/cases?channel=%E5%B8%82%E9%95%BF%E4%BF%A1%E7%AE%B1&district=%E6%A8%8A%E5%9F%8E%E5%8C%BA");
  await rows(page).first().waitFor();
  const said = await page.locator(".conditions").textContent();
  assert.ok(said.includes("区县 樊城区") && said.includes("渠道 市长信箱"), said);
  const { total } = await call("GET", "/v1/complaints?channel=市长信箱&district=樊城区&page_size=1");
  assert.equal(await page.locator(".cases-count").textContent(), `${total.toLocaleString("zh-CN")} 件`);
  await page.getByRole("button", { name: "去掉：区县 樊城区" }).click();
  await page.waitForURL((url) => !url.search.includes("district"));
  assert.equal(await page.locator(".conditions").textContent(), "渠道 市长信箱");
  await page.goBack();
  await page.locator(".conditions", { hasText: "区县 樊城区" }).waitFor();
});

test("every parameter of the list can stand in the address, and a wrong one is named", async () => {
  const page = await open("/cases?overdue=true&satisfied=unsatisfied&returned=false&category=-&last_unit=bureau");
  await page.locator(".conditions", { hasText: "答复超期" }).waitFor();
  const said = await page.locator(".conditions").textContent();
  for (const words of ["没有分类", "承办单位 市直部门", "回访 不满意", "没退过单"]) assert.ok(said.includes(words), said);
  const wrong = await open("/cases?decision=never");
  await wrong.locator(".state.bad", { hasText: "?decision" }).waitFor();
});

test("pages follow the cursor, Back returns, and rows are walked by keyboard", async () => {
  const page = await open("/cases");
  await rows(page).first().waitFor();
  const first = await rows(page).first().textContent();
  const next = page.getByRole("link", { name: "下一页" });
  if (await next.count()) {
    await next.click();
    await page.waitForURL(/cursor=/);
    await page.getByRole("link", { name: "第一页" }).waitFor();
    await page.goBack();
    await page.waitForURL((url) => !url.search.includes("cursor"));
    await page.waitForFunction((text) => document.querySelector(".cases-body tbody tr")?.textContent === text, first);
  }
  await rows(page).first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/id=c_/);
  await page.locator(".life").waitFor();
});

test("a search is typed, stays in the address, marks its words and goes into files", async () => {
  const mark = `查找${RUN}`;
  await keep(`檀溪路APP充值不到账，问了几次客服都说在处理，前后等了快一个月，至今没有说法，单号${mark}`, { title: "充值不到账" });
  await keep(`举报某厂偷排${mark}`, { flags: ["info_protect"] });
  const page = await open("/cases");
  await rows(page).first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(`${mark} app`);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("q") === `${mark} app`);
  await page.locator(".cases-count", { hasText: "1 件" }).waitFor();
  assert.deepEqual(await rows(page).first().locator("mark").allTextContents(), [mark]);
  assert.equal(await page.locator(".conditions").textContent(), `含“${mark}”“app”`);
  const file = (await saved(page, () => page.getByRole("button", { name: "下载 CSV" }).click())).content.toString();
  assert.ok(file.includes(mark) && file.trim().split("\r\n").length === 2, file);
  await page.reload();
  await page.locator("mark").first().waitFor();
  assert.equal(await page.getByRole("searchbox", { name: "查找" }).inputValue(), `${mark} app`);
});

test("the order is chosen, stays in the address and goes on over pages", async () => {
  const page = await open("/cases");
  await rows(page).first().waitFor();
  await page.getByLabel("排序").selectOption("due_at");
  await page.waitForURL(/sort=due_at/);
  const due = async (cursor) => call("GET", `/v1/complaints?sort=due_at&page_size=50${cursor ? `&cursor=${cursor}` : ""}`);
  const first = await due();
  const shown = async (one) => page.waitForFunction((id) => document.querySelector(".cases-body tbody tr a")?.getAttribute("href")?.endsWith(id), one.id);
  await shown(first.items[0]);
  assert.equal(await page.locator(".condition").count(), 0);
  await page.getByRole("link", { name: "下一页" }).click();
  await shown((await due(first.next_cursor)).items[0]);
  assert.equal(await page.getByLabel("排序").inputValue(), "due_at");
});

test("columns are chosen, and files hold exactly these", async () => {
  const page = await open("/cases?channel=%E5%B8%82%E9%95%BF%E4%BF%A1%E7%AE%B1");
  await rows(page).first().waitFor();
  await page.getByText("列", { exact: true }).click();
  await page.getByLabel("工单编号").check();
  await page.getByRole("columnheader", { name: "工单编号" }).waitFor();
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "下载 CSV" }).click();
  assert.match((await saving).suggestedFilename(), /\.csv$/);
});

test("a case is dispatched, supervised and released from its own page", async () => {
  const id = await keep("襄城区檀溪路小区停水两天");
  const page = await open(`/cases?id=${id}`);
  await page.locator(".moves").getByRole("button", { name: "派单" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "派单" }).click();
  await page.locator(".life", { hasText: "签收期限" }).waitFor();
  assert.equal((await read(id)).status, "dispatched");
  await page.getByRole("button", { name: "督办", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "督办" }).click();
  await page.getByRole("button", { name: "销号" }).click();
  await page.locator(".life", { hasText: "督办销号" }).waitFor();
  const case_ = await read(id);
  assert.ok(case_.supervisions[0].lifted_at);
});

test("who must be protected is not shown, and 404 says what to do", async () => {
  const id = await keep("举报襄州区双沟镇一厂夜里偷排，请保密", { flags: ["info_protect"] });
  const page = await open(`/cases?id=${id}`);
  await page.locator(".protected").waitFor();
  assert.equal((await page.locator("main").textContent()).includes("双沟镇一厂"), false);
  const none = await open("/cases?id=c_none");
  await none.locator(".state.bad", { hasText: "没有这件案件" }).waitFor();
});

test("nothing serious is found by axe, nothing sticks out on a narrow screen", async () => {
  const id = (await call("GET", "/v1/complaints?page_size=1")).items[0].id;
  for (const path of ["/cases", `/cases?id=${id}`]) {
    for (const options of [{}, { dark: true }, { size: NARROW }]) {
      const page = await open(path, options);
      await page.locator(".cases-body tbody tr, .life li").first().waitFor();
      await accessible(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${path}: ${over} px stick out`);
    }
  }
});

for (const flag of ["info_protect", "reporter_protect"]) {
  test(`what is told under ${flag} is not shown`, async () => {
    const id = await keep("樊城区长虹路某厂夜里排污水，气味难闻");
    const page = await open("/livez");
    await page.route("**/v1/complaints?*", async (route) => {
      const answer = await (await route.fetch()).json();
      for (const one of answer.items) if (one.id === id) one.flags = [flag];
      await route.fulfill({ json: answer });
    });
    await page.goto(new URL("/cases?q=排污水", page.url()).href);
    const row = rows(page).filter({ has: page.locator(`a[href$="${id}"]`) });
    await row.waitFor();
    const said = await row.innerText();
    assert.ok(said.includes("内容受保护") && !said.includes("排污水"), said);
  });
}
