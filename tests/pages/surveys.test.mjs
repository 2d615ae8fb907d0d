// 调查: a file becomes a survey, closed questions with intervals, themes proposed, changed, confirmed, signed, the report.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before } from "node:test";
import { NARROW, accessible, call, drawn, fits, saved, test, visit } from "./harness.mjs";

const hall = readFileSync(new URL("../../data/surveys/hall/answers.csv", import.meta.url), "utf8");
/** Some of its answers: a development build reads them with the model in time. */
const file = { name: "大厅.csv", mimeType: "text/csv", buffer: Buffer.from(hall.split("\n").slice(0, 61).join("\n")) };
const METHOD = { title: "政务大厅服务满意度调查", organiser: "热线办", population: "到大厅办过事的人", mode: "现场扫码", period: "2026-10-12至2026-10-25" };
const JOB_MS = 240_000;

let id = "";
const path = (more = "") => `/surveys?id=${id}${more}`;
/** A visit whose address is known only when the survey is there. */
const there = (more, task, options) => (...given) => visit(path(more), task, options)(...given);
const ask = (more) => call("GET", `/v1/surveys/${id}${more}`);

/** The survey of these tests, taken in through the page itself; one that another run left is used again. */
before(async () => {
  const known = (await call("GET", "/v1/surveys")).surveys.find(({ title }) => title.includes("政务大厅"));
  if (known) await call("DELETE", `/v1/surveys/${known.id}`);
  await visit("/surveys?new=1", async (page) => {
    await page.setInputFiles("#answers-file", file);
    await page.locator(".columns-card").waitFor();
    // What is lacking is marked, and nothing is sent.
    await page.getByRole("button", { name: "保存" }).click();
    assert.equal(await page.locator("#survey-organiser").getAttribute("aria-invalid"), "true");
    for (const [name, value] of Object.entries(METHOD)) await page.fill(`#survey-${name}`, value);
    await page.selectOption("#survey-sampling", "open");
    await page.getByRole("button", { name: "保存" }).click();
    await page.waitForURL(/\?id=/);
    await drawn(page);
    id = new URL(page.url()).searchParams.get("id");
  })();
});

test("columns can be set otherwise in place; what is of a person is dropped", visit("/surveys?new=1", async (page) => {
  await page.route("**/v1/surveys:examine*", async (route) => {
    const answer = await (await route.fetch()).json();
    answer.columns.push({ column: "ZZ", header: "您的手机号码", question: null, kind: "skip", personal: true });
    answer.checklist.findings = [{ code: "a", fatal: false, count: 1, lines: [], zh: "须知的" }, { code: "b", fatal: true, question: "q6", count: 2, lines: [3, 9], zh: "必须改的" }];
    await route.fulfill({ json: answer });
  });
  await page.setInputFiles("#answers-file", file);
  await page.locator(".columns-card").waitFor();
  assert.match(await page.locator("tr.dropped").last().textContent(), /您的手机号码.*已丢弃/);
  assert.match(await page.locator(".findings li").first().textContent(), /必须改的.*第 3、9 行/);
  const row = page.locator(".columns-card tbody tr", { hasText: "排队和等候" }).first();
  await row.locator("summary").click();
  await row.getByLabel("算满意").nth(2).check();
  assert.match(await row.locator("summary").textContent(), /满意：.*不满意/);
  await row.getByRole("combobox").first().selectOption("open");
  assert.equal(await row.locator("summary").count(), 0);
  let sent = null;
  await page.route("**/v1/surveys", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    sent = route.request().postDataJSON();
    return route.fulfill({ status: 422, contentType: "application/problem+json", json: { title: "内容不符合要求", status: 422, detail: "答卷文件有 1 处不改就不能计算：", errors: [{ pointer: "第 3 行", detail: "选项对不上" }] } });
  });
  for (const [name, value] of Object.entries(METHOD)) await page.fill(`#survey-${name}`, value);
  await page.getByRole("button", { name: "保存" }).click();
  await page.getByText("第 3 行：选项对不上").waitFor();
  assert.equal(sent.survey.question.find((question) => question.text.includes("排队和等候")).kind, "open");
  assert.equal(Buffer.from(sent.file, "base64").compare(file.buffer), 0);
}, { expected: /422/ }));

test("the list leads to the survey", visit("/surveys", async (page) => {
  await page.getByRole("link", { name: /政务大厅/ }).click();
  await page.waitForURL(new RegExp(`id=${id}`));
  await page.getByRole("heading", { level: 1, name: /政务大厅/ }).waitFor();
}));

test("without surveys the page says how to begin", visit("/surveys", async (page) => {
  await page.route("**/v1/surveys", (route) => route.fulfill({ json: { surveys: [] } }));
  await page.reload();
  await page.getByText("还没有调查").waitFor();
}));

test("closed questions: shares, both bases of satisfaction, no opinion apart, figures lead to answers", there("&tab=closed", async (page) => {
  const { questions } = await ask("/figures");
  await page.locator(".question").first().waitFor();
  assert.equal(await page.locator(".question").count(), questions.length);
  const one = questions.find(({ satisfaction }) => satisfaction?.of_expressed);
  const card = page.locator(`#q-${one.question}`);
  const percent = (share) => `${(share.share * 100).toFixed(1)}%`;
  const told = await card.locator(".fact-row").textContent();
  for (const share of [one.satisfaction.of_expressed, one.satisfaction.of_answered]) assert.ok(told.includes(percent(share)), told);
  const part = one.parts.find(({ share }) => share);
  await card.locator("a.cases").first().click();
  await page.locator("dialog .answer-list > li").first().waitFor();
  assert.ok((await page.locator("dialog").textContent()).includes(`共 ${part.share.count} 人`));
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("a_question"));
}));

test("crossed with a background question, the test is told in words", there("&tab=closed", async (page) => {
  await page.locator(".question").first().waitFor();
  await page.locator("#cross-by").selectOption({ index: 1 });
  await page.waitForURL(/by=/);
  await page.locator(".cross").first().waitFor();
  assert.match(await page.locator(".cross .note").first().textContent(), /差别|检验/);
}));

test("themes are proposed; renaming, merging and taking back by keyboard; a drag moves", there("&tab=open", async (page) => {
  await page.getByRole("button", { name: "归纳主题" }).click();
  await page.locator(".theme-tree, .job").first().waitFor();
  await page.locator(".theme-tree").waitFor({ timeout: JOB_MS });
  const first = page.locator(".theme-row:not(.sub)").first();
  const code = await first.getAttribute("data-code");
  await first.focus();
  await page.keyboard.press("e");
  await page.fill("#step-name", "改过的名称");
  await page.keyboard.press("Enter");
  await page.locator(".notice", { hasText: "改过的名称" }).waitFor();
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.dataset.code), code);
  const count = await page.locator(".theme-row:not(.sub)").count();
  await page.keyboard.press("m");
  await page.locator("#step-into").waitFor();
  await page.getByRole("button", { name: "并入", exact: true }).click();
  const said = page.locator(".notice", { hasText: "并入" });
  await said.waitFor();
  assert.equal(await page.locator(".theme-row:not(.sub)").count(), count - 1);
  await said.getByRole("button", { name: "撤销" }).click();
  await page.locator(`[data-code="${code}"]`).waitFor();
  const { frame } = await ask("/themes");
  assert.equal(frame.theme.find((theme) => theme.code === code).name, "改过的名称");
}), { timeout: JOB_MS });

test("typical answers are confirmed with one key each", there("&tab=open&view=frame", async (page) => {
  await page.locator(".typical blockquote").waitFor();
  const before = (await ask("/themes")).frame.confirmed?.length ?? 0;
  for (const n of [1, 2]) {
    await page.keyboard.press("Enter");
    await page.getByText(`已确认 ${before + n} 条，`).waitFor();
  }
  await page.keyboard.press("n");
  assert.equal(await page.locator(".choices [aria-pressed=true]").textContent(), "n没有意见");
  await page.keyboard.press("Enter");
  await page.getByText(`已确认 ${before + 3} 条，`).waitFor();
  const { frame } = await ask("/themes");
  assert.deepEqual(frame.confirmed.filter(({ codes }) => codes.includes("NONE")).length, 1);
}), { timeout: JOB_MS });

test("several answers are confirmed at once, by theme and by keyboard, and taken back at once", there("&tab=open&view=frame&confirm=bulk", async (page) => {
  await page.locator(".bulk-theme").first().waitFor();
  const confirmed = async () => (await ask("/themes")).frame.confirmed?.length ?? 0;
  const before = await confirmed();
  const enough = async () => Number((await page.locator(".confirmed-progress b").innerText()).split("/")[0]);
  const had = await enough();
  // Answers of every open question are offered.
  const asked = await page.locator(".bulk-answer small").allInnerTexts();
  for (const question of ["q13", "q14"]) assert.ok(asked.some((one) => one.startsWith(question)), `${question}: ${asked}`);
  const theme = page.locator(".bulk-theme").filter({ has: page.locator("legend .chip", { hasText: "0 / 3" }) }).filter({ has: page.locator("li:nth-child(3)") }).first();
  const name = await theme.locator("legend b").innerText();
  await theme.locator("input").first().focus();
  for (const more of ["Space", "ArrowDown", "Space", "ArrowDown", "Space"]) await page.keyboard.press(more);
  await page.keyboard.press("Enter");
  const said = page.locator(".notice", { hasText: "已确认 3 条" });
  await said.waitFor();
  assert.equal(await confirmed(), before + 3);
  assert.equal(await enough(), had + 1);
  assert.equal(await page.locator(".theme-row", { hasText: name }).first().locator(".chip", { hasText: "确认 3" }).count(), 1);
  await accessible(page);
  await said.getByRole("button", { name: "撤销" }).click();
  await page.getByText(`已确认 ${before} 条，`).waitFor();
  assert.equal(await confirmed(), before);
  // One question's answers alone.
  await page.selectOption("#confirm-question", "q14");
  await page.waitForURL(/cq=q14/);
  await page.locator(".bulk-answer small").first().waitFor();
  assert.ok((await page.locator(".bulk-answer small").allInnerTexts()).every((one) => one.startsWith("q14")));
  await page.getByRole("button", { name: "逐条" }).click();
  await page.locator(".typical blockquote").waitFor();
}), { timeout: JOB_MS });

test("proposing anew says what would be lost, and Escape loses nothing", there("&tab=open&view=frame", async (page) => {
  await page.locator(".theme-tree").waitFor();
  const { version } = await ask("/themes");
  await page.getByRole("button", { name: "重新归纳" }).click();
  const asked = page.getByRole("dialog", { name: /重新归纳/ });
  assert.match(await asked.innerText(), /确认过的 \d+ 条答案也要重新确认/);
  assert.equal((await saved(page, () => asked.getByRole("button", { name: "下载 TOML" }).click())).name, "themes.toml");
  await page.keyboard.press("Escape");
  await asked.waitFor({ state: "detached" });
  assert.equal((await ask("/themes")).version, version);
}));

test("a theme is added by its description, without which it is not sent", there("&tab=open&view=frame", async (page) => {
  await page.getByRole("button", { name: "增加主题" }).click();
  await page.fill("#step-name", "停车不便");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#step-description:invalid").count(), 1);
  await page.fill("#step-description", "说大厅门口没有车位、停车收费的");
  await page.getByRole("dialog").getByRole("button", { name: "增加", exact: true }).click();
  await page.locator(".theme-row", { hasText: "停车不便" }).first().waitFor();
  await page.locator(".notice", { hasText: "停车不便" }).getByRole("button", { name: "撤销" }).click();
  await page.locator(".theme-row", { hasText: "停车不便" }).first().waitFor({ state: "detached" });
}));

test("a change by somebody else is told, and what stands now is shown", there("&tab=open&view=frame", async (page) => {
  await page.locator(".typical blockquote").waitFor();
  const { version } = await ask("/themes");
  await call("PUT", `/v1/surveys/${id}/themes`, { version, steps: [{ do: "add", name: "别人加的", description: "别人加的主题" }] });
  await page.keyboard.press("Enter");
  await page.locator(".state.bad").waitFor();
  await page.locator(".theme-row", { hasText: "别人加的" }).first().waitFor();
}, { expected: /409/ }));

test("signed, every answer is counted: shares, attitudes, quotes, answers behind a figure", there("&tab=open&view=frame", async (page) => {
  await page.locator(".theme-tree").waitFor();
  await page.getByRole("button", { name: "签认", exact: true }).click();
  await page.locator("dialog").getByRole("button", { name: "签认", exact: true }).click();
  await page.locator(".theme").first().waitFor({ timeout: JOB_MS });
  const figures = await ask("/themes/figures");
  const told = figures.themes.find(({ share }) => share);
  const card = page.locator(`section[aria-labelledby="theme-${told.code}"]`);
  assert.ok((await card.textContent()).includes(`${told.share.count} 人`));
  await card.locator(".theme-share a.cases").click();
  await page.locator("dialog .answer-list > li").first().waitFor();
  const shown = await page.locator("dialog h2").textContent();
  assert.ok(shown.includes(told.name), shown);
}), { timeout: JOB_MS });

test("of signed themes the doubtful answers are asked, one by one", there("&tab=open&view=frame&confirm=bulk", async (page) => {
  await page.getByRole("heading", { name: "请确认拿不准的答案" }).waitFor();
  await page.locator(".typical blockquote").waitFor();
  assert.equal(await page.getByRole("button", { name: "成批" }).count(), 0);
  const { typical } = await ask("/themes");
  assert.ok(typical.every(({ answers }) => answers.length <= 6), JSON.stringify(typical.map(({ answers }) => answers.length)));
}));

test("a job that fails says why and leads back", there("&tab=open&job=j_none", async (page) => {
  await page.route("**/v1/jobs/*", (route) => route.fulfill({ json: { id: "j_none", kind: "themes", state: "failed", done: 0, total: 9, detail: "答案太少，请逐条阅读" } }));
  await page.reload();
  await page.getByText("答案太少，请逐条阅读").waitFor();
  await page.getByRole("button", { name: "返回" }).click();
  await page.waitForURL((url) => !url.search.includes("job="));
}, { expected: /404/ }));

test("a running job is cancelled from the page", there("&tab=open&job=j_one", async (page) => {
  let state = "running";
  await page.route("**/v1/jobs/*", (route) => {
    if (route.request().method() === "DELETE") { state = "cancelled"; return route.fulfill({ status: 204 }); }
    return route.fulfill({ json: { id: "j_one", kind: "themes", state, done: 2, total: 9 } });
  });
  await page.reload();
  await page.getByText("已处理 2 / 9 条").waitFor();
  await page.getByRole("button", { name: "取消" }).click();
  await page.getByText("没有做完的不留下").waitFor();
  await page.getByRole("button", { name: "返回" }).click();
  await page.waitForURL((url) => !url.search.includes("job="));
}, { expected: /404/ }));

test("the report: each figure is cited, asked again, and saved as a file", there("&tab=report", async (page) => {
  await page.locator(".paper .figure").first().waitFor();
  await page.getByRole("button", { name: "核对全部数字" }).click();
  await page.locator(".check-place .cite-told.good").waitFor({ timeout: 60_000 });
  await page.locator(".paper .figure").filter({ hasText: /\d/ }).first().click();
  assert.ok((await page.locator(".cite").textContent()).includes(`/v1/surveys/${id}`));
  const docx = await saved(page, () => page.getByRole("button", { name: "下载 DOCX" }).click());
  assert.match(docx.name, /\.docx$/);
  await page.getByRole("button", { name: "公开版" }).click();
  await page.waitForURL(/edition=public/);
}));

for (const more of ["", "&tab=closed", "&tab=open&view=figures", "&tab=open&view=frame", "&tab=report"]) {
  test(`axe finds nothing serious on one survey ${more}`, there(more, accessible, { dark: more.includes("view=") }));
  test(`nothing sticks out of one survey ${more} on a narrow screen`, there(more, fits, { size: NARROW }));
}
for (const at of ["/surveys", "/surveys?new=1"]) {
  test(`axe finds nothing serious on ${at}`, visit(at, accessible));
  test(`nothing sticks out of ${at} on a narrow screen`, visit(at, fits, { size: NARROW }));
}
