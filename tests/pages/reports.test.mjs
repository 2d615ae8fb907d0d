// 报告: the document on paper, where each figure comes from, asking again, files, the public edition, the archive.

import assert from "node:assert/strict";
import { NARROW, accessible, drawn, fits, focusSeen, saved, tabTo, test, url, visit } from "./harness.mjs";

const ask = async (path) => (await fetch(url + path)).json();
const figures = (page) => page.locator(".paper .figure");
const shown = (document) => document.sections.flatMap(({ blocks }) => blocks).flatMap((block) => block.kind === "paragraph" ? block.body : []).flatMap(({ parts }) => parts).map((part) => part.shown ?? part).join("");
/** What is printed of paragraphs, without the numbers of sources. */
const printed = (page) => page.locator(".paper-text").evaluateAll((all) => all.map((one) => [...one.childNodes].filter((node) => node.nodeName !== "SUP").map((node) => node.textContent).join("")).join(""));

/** The moment when the last week that is over ended, where the hotline is. */
function monday() {
  const here = new Date(Date.now() + 8 * 3_600_000);
  here.setUTCDate(here.getUTCDate() - ((here.getUTCDay() + 6) % 7));
  return encodeURIComponent(`${here.toISOString().slice(0, 10)}T00:00:00+08:00`);
}

test("the weekly report stands on paper, word for word, in Chinese numbering", visit("/reports", async (page) => {
  const document = await ask(`/v1/reports/weekly?as_of=${monday()}`);
  await figures(page).first().waitFor();
  assert.equal(await page.locator(".paper h2").textContent(), document.title);
  assert.equal(await page.locator(".paper h3").first().textContent(), `一、${document.sections[0].title}`);
  assert.equal(await page.locator(".paper > section").count(), document.sections.length);
  assert.equal(await printed(page), shown(document));
  await page.locator(".paper-picture canvas").first().waitFor();
}));

test("a figure tells its source, leads to its cases, and is asked again", visit("/reports", async (page) => {
  const document = await ask(`/v1/reports/weekly?as_of=${monday()}`);
  const total = document.sections[0].blocks[0].body.flatMap(({ parts }) => parts).find((part) => part.form === "count");
  await figures(page).filter({ hasText: new RegExp(`^${total.shown}$`) }).first().click();
  await page.waitForURL(/fig=\d+/);
  const note = page.locator(".cite");
  assert.equal(await note.locator(".cite-shown").textContent(), total.shown);
  assert.ok((await note.textContent()).includes(total.pointers[0]));
  assert.equal(await note.locator("a.cases").getAttribute("href"), total.link.replace("/v1/complaints", "/cases"));
  await note.getByRole("button", { name: "再问一次" }).click();
  await note.locator(".cite-told.good").waitFor();
  await page.reload();
  await drawn(page);
  assert.equal(await page.locator(".cite-shown").textContent(), total.shown);
  await page.keyboard.press("Escape");
  await note.waitFor({ state: "detached" });
}));

test("asked again, every figure is what is written", visit("/reports", async (page) => {
  await figures(page).first().waitFor();
  await page.getByRole("button", { name: "核对全部数字" }).click();
  await page.locator(".check-place .cite-told.good").waitFor({ timeout: 60_000 });
}));

test("by keyboard: one stop into the text, arrows from figure to figure, Enter tells", visit("/reports", async (page) => {
  await figures(page).first().waitFor();
  await tabTo(page, ".paper .figure");
  await focusSeen(page);
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => [...document.querySelectorAll(".paper .figure")].indexOf(document.activeElement)), 1);
  await page.keyboard.press("Enter");
  await page.locator(".cite").waitFor();
  await page.keyboard.press("[");
  await page.waitForURL(/date=/);
}));

test("an answer that changed is told, not hidden", visit("/reports", async (page) => {
  await figures(page).first().waitFor();
  await page.route("**/v1/volumes*", async (route) => {
    const answer = await (await route.fetch()).json();
    await route.fulfill({ json: { ...answer, total: answer.total + 1 } });
  });
  await figures(page).nth(2).click();
  await page.getByRole("button", { name: "再问一次" }).click();
  await page.locator(".cite-told.bad").waitFor();
}));

test("the public edition has no way to cases", visit("/reports?edition=public", async (page) => {
  await figures(page).first().waitFor();
  assert.ok(await page.locator(".paper-edition").isVisible());
  await figures(page).nth(2).click();
  await page.locator(".cite").waitFor();
  assert.equal(await page.locator(".cite a.cases").count(), 0);
}));

test("files are saved in four formats, of the document that is shown", visit("/reports?kind=daily", async (page) => {
  await figures(page).first().waitFor();
  for (const format of ["DOCX", "HTML", "MD", "XLSX"]) {
    const file = await saved(page, () => page.getByRole("button", { name: `下载 ${format}` }).click());
    assert.match(file.name, new RegExp(`^daily-.*\\.${format.toLowerCase()}$`));
    assert.ok(file.content.length > 500);
  }
}));

test("a special report is of what is chosen", visit("/reports?kind=special&category=07", async (page) => {
  await figures(page).first().waitFor();
  assert.match(await page.locator(".paper h2").textContent(), /生态环境/);
  assert.ok(await page.getByRole("button", { name: "公开版" }).isDisabled());
}));

test("on paper there is the document alone", visit("/reports", async (page) => {
  await figures(page).first().waitFor();
  await page.emulateMedia({ media: "print" });
  for (const hidden of [".top", ".tabs", ".report-controls", ".preview-tools", ".cite-place"]) assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
  assert.ok(await page.locator(".paper h2").isVisible());
}));

test("the archive lists what was filed, and how to have one where there is none", visit("/reports?tab=archive", async (page) => {
  const filed = { kind: "weekly", from: "2026-11-16", to: "2026-11-22", edition: "public", inputs: "0123456789ab", files: [{ format: "docx", bytes: 20480, link: "/v1/reports/archive/weekly.docx" }] };
  for (const [answer, told] of [[{ archived: false, items: [] }, "没有设置归档"], [{ archived: true, items: [] }, "归档里还没有报告"], [{ archived: true, items: [filed] }, "2026-11-16 至 2026-11-22"]]) {
    await page.route("**/v1/reports", (route) => route.fulfill({ json: answer }));
    await page.reload();
    await page.getByText(told).waitFor();
    await page.unroute("**/v1/reports");
  }
  await page.route("**/v1/reports/archive/*", (route) => route.fulfill({ body: "docx" }));
  const file = await saved(page, () => page.getByRole("button", { name: "下载 docx" }).click());
  assert.equal(file.name, "weekly.docx");
  await page.getByRole("link", { name: "按现在的数据" }).click();
  await page.waitForURL(/kind=weekly&date=2026-11-16&edition=public/);
}));

for (const path of ["/reports?fig=2", "/reports?tab=archive", "/reports?kind=special"]) {
  test(`axe finds nothing serious on ${path}`, visit(path, accessible, { dark: path.includes("fig") }));
  test(`nothing sticks out of ${path} on a narrow screen`, visit(path, fits, { size: NARROW }));
}
