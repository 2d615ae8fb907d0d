// A survey's files on its page: survey.toml and themes.toml in and out, answers added later, tables of figures and answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { accessible, call, drawn, saved, test, visit } from "./harness.mjs";

const read = (name) => readFileSync(new URL(`../../data/surveys/renovation/${name}`, import.meta.url));
const rows = read("answers.csv").toString("utf8").split("\n");
/** The first so many answers. */
const file = (n) => ({ name: "改造.csv", mimeType: "text/csv", buffer: Buffer.from(rows.slice(0, n + 1).join("\n")) });
const toml = (name, buffer = read(name)) => ({ name, mimeType: "application/toml", buffer });

let id = "";
const there = (more, task, options) => (...given) => visit(`/surveys?id=${id}${more}`, task, options)(...given);
const ask = (more = "") => call("GET", `/v1/surveys/${id}${more}`);
/** Chooses a file by the button that asks for it. */
const give = async (page, name, one) => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name }).click()]);
  await chooser.setFiles(one);
};

/** Taken in through the page by a confirmed survey.toml. */
before(async () => {
  await visit("/surveys?new=1", async (page) => {
    await page.setInputFiles("#answers-file", file(60));
    await page.locator(".columns-card").waitFor();
    await give(page, "用 survey.toml", toml("survey.toml", Buffer.from("title = 甲\n")));
    await page.getByText("survey.toml:1").waitFor();
    await give(page, "用 survey.toml", toml("survey.toml"));
    await page.getByText("问卷取自 survey.toml").waitFor();
    assert.match(read("survey.toml").toString(), new RegExp(`title = "${await page.inputValue("#survey-title")}"`));
    await page.getByRole("button", { name: "保存" }).click();
    await page.waitForURL(/\?id=/);
    await drawn(page);
    id = new URL(page.url()).searchParams.get("id");
  }, { expected: /400/ })();
});
after(() => call("DELETE", `/v1/surveys/${id}`));

test("survey.toml comes back as a file", there("", async (page) => {
  const one = await saved(page, () => page.getByRole("button", { name: "下载 TOML" }).click());
  assert.equal(one.name, "survey.toml");
  assert.match(one.content.toString(), /\[\[question\]\]/);
}));

test("answers are added from the page, and it says what was kept", there("", async (page) => {
  await give(page, "补充答卷", file(80));
  await page.getByText("补充了 20 份答卷，已有的 60 份没有重复保存；现共 80 份。").waitFor();
  assert.equal(await page.locator(".survey-head .chip").first().innerText(), "80 份答卷");
  assert.equal((await ask()).respondents, 80);
  await accessible(page);
  const other = file(80);
  other.buffer = Buffer.from(other.buffer.toString("utf8").replace(/樊城区/g, "襄城区"));
  await give(page, "补充答卷", other);
  await page.locator(".state.bad").waitFor();
  assert.equal((await ask()).respondents, 80, "nothing was kept");
}, { expected: /409|422/ }));

test("themes.toml is taken and given back; one of an older version is refused", there("&tab=open", async (page) => {
  await give(page, "用 themes.toml", toml("themes.toml"));
  await page.locator(".theme-tree").waitFor();
  await page.locator(".notice", { hasText: "第 1 版" }).waitFor();
  const one = await saved(page, () => page.getByRole("button", { name: "下载 TOML" }).click());
  assert.match(one.content.toString(), /^version = 1\n/);
  const changed = one.content.toString().replace(/name = ".*"/, 'name = "改过的"');
  await give(page, "用 themes.toml", toml("themes.toml", Buffer.from(changed)));
  await page.locator(".theme-row", { hasText: "改过的" }).waitFor();
  await give(page, "用 themes.toml", toml("themes.toml", one.content));
  const said = page.getByRole("dialog", { name: "没有采用 themes.toml" });
  await said.getByText("已被修改").waitFor();
  await page.keyboard.press("Escape");
  assert.equal((await ask("/themes")).version, 2);
}, { expected: /409/ }));

test("figures and the answers behind them are saved as tables", there("&tab=closed", async (page) => {
  await page.locator(".question").first().waitFor();
  for (const [format, begins] of [["CSV", "\ufeff题号,题目"], ["XLSX", "PK"], ["PARQUET", "PAR1"]]) {
    const one = await saved(page, () => page.getByRole("button", { name: `下载 ${format}` }).click());
    assert.ok(one.name.startsWith("survey-figures-"), one.name);
    assert.ok(one.content.toString("utf8").startsWith(begins), format);
  }
  await page.locator(".question a.cases").first().click();
  await page.locator("dialog .answer-list > li").first().waitFor();
  const all = await saved(page, () => page.locator("dialog").getByRole("button", { name: "下载 CSV" }).click());
  assert.match(all.content.toString("utf8"), /^\ufeff题号,答卷序号/);
}));
