// 派单台 by keyboard and by mouse: what a dispatcher does all day, over a service with cases of our own.

import assert from "node:assert/strict";
import { before } from "node:test";
import { NARROW, accessible, call, open, test } from "./harness.mjs";

const RUN = Date.now().toString(36);
const TEXTS = {
  noise: "樊城区长虹路北段工地每天凌晨两点还在打桩，打了三次电话没人管，要求停止夜间施工",
  water: "襄城区檀溪路汉水佳苑小区停水两天了，自来水公司电话打不通",
  wages: "樊城区建设路工地拖欠我们三十个工人的工资两个月了，包工头跑了",
  smoke: "襄州区钻石大道美景天城楼下饭店油烟直排，熏得家里没法开窗",
};
const kept = {};
let n = 0;

/** Keeps a case of our own; gives its id. */
async function keep(text, more = {}) {
  const made = await call("POST", "/v1/complaints", { text, reference: `DESK-${RUN}-${(n += 1)}`, channel: "电话", ...more });
  return made.id;
}
const read = (id) => call("GET", `/v1/complaints/${id}`);
const row = (page, id) => page.locator(`.queue-row[data-case="${id}"]`);
const notice = (page, words) => page.locator(".notice", { hasText: words });

/** The desk with one case open, its decision drawn. */
async function at(id, more = "") {
  const page = await open(`/?case=${id}${more}`);
  await page.locator(".decide-keys").waitFor();
  await page.locator(`.queue-link[aria-current="true"]`).waitFor();
  return page;
}

before(async () => {
  for (const [name, text] of Object.entries(TEXTS)) kept[name] = await keep(text);
});

test("A accepts and dispatches, Ctrl+Z takes it back whole", async () => {
  const page = await at(kept.noise);
  const advised = (await read(kept.noise)).unit.code;
  await page.keyboard.press("a");
  await notice(page, "已派给").waitFor();
  await row(page, kept.noise).waitFor({ state: "detached" });
  const sent = await read(kept.noise);
  assert.deepEqual([sent.status, sent.handler, sent.final_unit], ["dispatched", advised, advised]);
  assert.deepEqual([sent.feedback.length, sent.feedback[0].outcome, sent.feedback[0].settled], [1, "accepted", true]);
  await page.keyboard.press("Control+z");
  await notice(page, "已撤销").waitFor();
  await row(page, kept.noise).waitFor();
  const back = await read(kept.noise);
  assert.deepEqual([back.status, back.handler, back.final_unit, back.feedback], ["accepted", null, null, []]);
  const { items } = await call("GET", `/v1/complaints/${kept.noise}/audit`);
  assert.deepEqual(items.map((line) => line.act), ["kept", "step", "feedback", "undo", "undo"], "nothing is lost");
});

test("E finds a unit by the initials of its pinyin and dispatches there, by keyboard alone", async () => {
  const page = await at(kept.water);
  await page.keyboard.press("e");
  await page.keyboard.type("sthj");
  await page.locator(".pick-list [aria-selected=true]", { hasText: "STHJ" }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await notice(page, "已派给").waitFor();
  const sent = await read(kept.water);
  assert.deepEqual([sent.handler, sent.feedback[0].outcome, sent.feedback[0].final_unit], ["STHJ", "edited", "STHJ"]);
});

test("R gives back with a reason chosen by its number", async () => {
  const page = await at(kept.wages);
  await page.keyboard.press("r");
  await page.keyboard.press("4");
  assert.equal(await page.locator("#return-close").isChecked(), true, "a duplicate is closed unless one says otherwise");
  await page.keyboard.press("Enter");
  await notice(page, "已不予受理").waitFor();
  const done = await read(kept.wages);
  assert.deepEqual([done.status, done.feedback[0].outcome, done.feedback[0].reason_code], ["declined", "returned", "duplicate"]);
});

test("the same by mouse: open, edit, choose, dispatch, undo", async () => {
  const page = await open("/");
  await row(page, kept.smoke).locator("a").click();
  await page.waitForURL(/case=/);
  await page.getByRole("button", { name: /^修改/ }).click();
  await page.getByRole("combobox", { name: "改派给" }).fill("城管");
  await page.locator(".pick-list").getByText("城市管理执法局").first().click();
  await page.getByRole("button", { name: "派单", exact: true }).click();
  await notice(page, "已派给").waitFor();
  assert.equal((await read(kept.smoke)).handler, "CGJ");
  await notice(page, "已派给").getByRole("button", { name: "撤销" }).click();
  await notice(page, "已撤销").waitFor();
  assert.equal((await read(kept.smoke)).status, "accepted");
});

test("while the next case is on its way, nothing is decided of the one before", async () => {
  const [before, next] = [await keep(`${TEXTS.noise}，请尽快处理`), await keep(`${TEXTS.wages}，请尽快处理`)];
  const page = await at(before);
  await page.route(`**/v1/complaints/${next}*`, async (route) => {
    await new Promise((resolve) => { setTimeout(resolve, 2_000); });
    await route.continue();
  });
  await page.reload();
  await page.locator(".decide-keys").waitFor();
  await row(page, next).locator("a").click();
  await page.waitForURL(new RegExp(`case=${next}`));
  await page.keyboard.press("a");
  await page.locator(".desk-case", { hasText: "三十个工人" }).waitFor();
  assert.equal((await read(before)).status, "accepted");
  await page.keyboard.press("a");
  await notice(page, "已派给").waitFor();
  assert.equal((await read(before)).status, "accepted");
  assert.equal((await read(next)).status, "dispatched");
});

test("ticked cases are previewed, dispatched together and taken back together", async () => {
  const ids = [await keep(`${TEXTS.water}，请尽快恢复`), await keep(`${TEXTS.smoke}，请尽快处理`)];
  const page = await open("/");
  for (const id of ids) await row(page, id).locator("input").check();
  await page.keyboard.press("b");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("将逐件采纳建议").waitFor();
  await dialog.getByRole("button", { name: "派出 2 件" }).click();
  await dialog.getByText("已派 2 件。").waitFor();
  for (const id of ids) assert.equal((await read(id)).status, "dispatched");
  await dialog.getByRole("button", { name: "撤销全部 2 件" }).click();
  await notice(page, "已撤销 2 件").waitFor();
  for (const id of ids) assert.equal((await read(id)).status, "accepted");
});

test("a pasted text is advised on and kept only when one says so", async () => {
  const page = await open("/");
  await page.locator(".queue-row").first().waitFor();
  const before = (await call("GET", "/v1/complaints?page_size=1")).total;
  await page.keyboard.press("p");
  await page.keyboard.type("枣阳市光武路路灯三盏不亮，我电话13912345678");
  await page.keyboard.press("Control+Enter");
  await page.locator(".desk-side .verdict").waitFor();
  assert.equal((await page.locator(".desk-case .told").first().textContent()).includes("13912345678"), false, "masked as shown");
  assert.equal((await call("GET", "/v1/complaints?page_size=1")).total, before, "nothing is kept");
  await page.getByRole("button", { name: "登记为案件" }).click();
  await page.waitForURL(/case=c_/);
  const id = new URL(page.url()).searchParams.get("case");
  await row(page, id).waitFor();
  assert.equal((await read(id)).text.includes("13912345678"), false);
});

test("a filter lives in the address, and J K walk what it leaves", async () => {
  const page = await open("/?channel=%E7%94%B5%E8%AF%9D");
  await page.locator(".queue-row").first().waitFor();
  assert.match(await page.locator(".narrow summary").textContent(), /电话/);
  const current = () => page.locator(".queue-link[aria-current=true]").evaluate((node) => node.closest("[data-case]").dataset.case);
  const first = await current();
  await page.keyboard.press("j");
  const second = await current();
  assert.notEqual(second, first);
  await page.keyboard.press("k");
  assert.equal(await current(), first);
  await page.goBack();
  await page.waitForURL(new RegExp(second));
});

test("what a unit wants to be rid of is agreed to or refused", async () => {
  const ids = [await keep(`${TEXTS.smoke}，连续一个月`), await keep(`${TEXTS.smoke}，连续两个月`)];
  for (const id of ids) {
    await call("POST", `/v1/complaints/${id}/status`, { status: "dispatched" });
    await call("POST", `/v1/complaints/${id}/status`, { status: "return_requested", reason: "area_mismatch", note: "不在本辖区" });
  }
  const page = await at(ids[0], "&status=return_requested");
  await page.locator(".came-back", { hasText: "属地不符" }).waitFor();
  await page.keyboard.press("r");
  await page.keyboard.press("Enter");
  await notice(page, "已同意退单").waitFor();
  const given = await read(ids[0]);
  assert.deepEqual([given.status, given.feedback[0].reason_code], ["returned", "area_mismatch"], "the reason it gave is offered");
  await row(page, ids[1]).locator("a").click();
  await page.getByRole("button", { name: /^驳回/ }).click();
  await notice(page, "已驳回退单").waitFor();
  assert.equal((await read(ids[1])).status, "dispatched");
});

test("a duplicate stands beside the case, and 不是同一事 can be taken back", async () => {
  const told = (who) => ({ received_at: new Date().toISOString(), reporter_key: `${RUN}-${who}` });
  // A road of its own, so that nothing kept before tells of it.
  const road = Array.from({ length: 2 }, () => "金木水火山石田林云雨东南西北梅兰竹菊松柏"[Math.floor(Math.random() * 20)]).join("");
  await keep(`谷城县石花镇${road}路桥头护栏被撞断半个月没人修，晚上很危险`, told("one"));
  const id = await keep(`谷城县石花镇${road}路桥头护栏撞断了半个月还没修，晚上差点掉下去`, told("two"));
  const { issue } = await read(id);
  assert.ok(issue, "both tell the same");
  const page = await at(id);
  const first = page.locator(".duplicates li").first();
  await first.locator(".pair del, .pair ins").first().waitFor();
  assert.match(await first.locator(".duplicate-facts").textContent(), /不同来电人/);
  await first.getByRole("button", { name: "不是同一事" }).click();
  await notice(page, "本件已移出诉求组").getByRole("button", { name: "撤销" }).click();
  await notice(page, "已撤销").waitFor();
  assert.equal((await read(id)).issue, issue);
});

test("what comes in while one reads is told and moves nothing", async () => {
  const page = await at(kept.smoke);
  const id = await keep("老河口市汉江路下水道堵了，污水漫到路上", { received_at: new Date(Date.now() - 60_000).toISOString() });
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await row(page, id).waitFor();
  assert.match(await page.locator(".queue-box [role=status]").textContent(), /新到 1 件/);
  assert.match(page.url(), new RegExp(kept.smoke));
});

test("who told it is protected until the dispatcher asks", async () => {
  const id = await keep("举报樊城区炮铺街一写字楼里有人办假证，请保密", { flags: ["info_protect"] });
  const page = await at(id);
  assert.equal((await page.locator("main").textContent()).includes("炮铺街"), false);
  await page.getByRole("button", { name: "派单需要，显示内容" }).click();
  await page.locator(".told", { hasText: "炮铺街" }).waitFor();
});

test("nothing serious is found by axe, nothing sticks out on a narrow screen", async () => {
  for (const options of [{}, { dark: true }, { size: NARROW }]) {
    const page = await open(`/?case=${kept.smoke}`, options);
    await page.locator(".verdict").waitFor();
    await accessible(page);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} px stick out`);
  }
});
