// The frame around every page: look, keys, alerts, and the state of the service.

import assert from "node:assert/strict";
import { NARROW, PAGES, accessible, drawn, tabTo, test, visit } from "./harness.mjs";

test("the look is chosen by hand and kept", visit("/reports", async (page) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await ground();
  const look = page.getByRole("button", { name: /^深浅色/ });
  await look.click();
  await look.click();
  assert.equal(await look.getAttribute("aria-label"), "深浅色：深色");
  assert.notEqual(await ground(), before);
  await page.reload();
  await drawn(page);
  assert.notEqual(await ground(), before, "after a reload it is the same");
}));

test("? lists the keys, and g with a number goes to a page", visit("/reports", async (page) => {
  await page.keyboard.press("?");
  const list = page.getByRole("dialog", { name: "按键" });
  await list.waitFor();
  await accessible(page);
  await page.keyboard.press("Escape");
  assert.equal(await list.count(), 0);
  await page.keyboard.press("g");
  await page.keyboard.press("8");
  await page.waitForURL("**/surveys");
}));

test("the bell shows open alerts, by keyboard", visit("/reports", async (page) => {
  await tabTo(page, "button[aria-label^='预警']");
  await page.keyboard.press("Enter");
  const list = page.getByRole("dialog", { name: "未处理的预警" });
  await list.waitFor();
  await accessible(page);
  const links = await list.locator("a[href^='/cases?']").count();
  assert.ok(links > 0 || (await list.getByText("没有未处理的预警").count()) === 1);
  await page.keyboard.press("Escape");
  assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /^预警/, "the focus comes back");
}));

test("the service tells what it runs on", visit("/reports", async (page) => {
  await page.getByRole("button", { name: "演示数据" }).click();
  await page.getByRole("dialog", { name: "服务" }).getByText("分类").waitFor();
  await accessible(page);
}));

test("a key is asked for once, kept in the tab, and asked for again when it is wrong", visit("/surveys", async (page) => {
  await page.route("**/v1/**", (route) => {
    if (route.request().headers().authorization === "Bearer right-key-of-the-desk") return route.continue();
    return route.fulfill({ status: 401, contentType: "application/problem+json", json: { title: "需要密钥", detail: "缺少或错误的 API 密钥", status: 401, errors: [] } });
  });
  await page.reload();
  const asked = page.getByRole("dialog", { name: "API 密钥" });
  await asked.getByLabel("密钥", { exact: true }).fill("wrong");
  await page.keyboard.press("Enter");
  await asked.getByText("刚才的密钥不对").waitFor();
  await accessible(page);
  await asked.getByLabel("密钥", { exact: true }).fill("right-key-of-the-desk");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "演示数据" }).waitFor();
  assert.equal(await asked.count(), 0);
  await page.reload();
  await page.getByRole("button", { name: "演示数据" }).waitFor();
  assert.equal(await asked.count(), 0, "it is kept");
}, { expected: /401/ }));

test("the present page is seen in the navigation of a narrow screen", visit("/reports", async (page) => {
  const current = page.locator("nav [aria-current='page']");
  assert.equal(await current.innerText(), "报告");
  const box = await current.boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= NARROW.width + 1, JSON.stringify(box));
}, { size: NARROW }));

test("the cases have their place in the navigation, and the keyboard reaches all of it on a narrow screen", visit("/", async (page) => {
  const names = await page.locator("nav[aria-label='栏目'] a").allInnerTexts();
  assert.deepEqual(names, PAGES.map(({ title }) => title));
  for (const { path } of PAGES) {
    await tabTo(page, `nav a[href='${path}']`);
    const seen = await page.evaluate(() => {
      const [link, strip] = [document.activeElement, document.querySelector("nav[aria-label='栏目']")].map((one) => one.getBoundingClientRect());
      return link.left >= strip.left - 1 && link.right <= strip.right + 1;
    });
    assert.ok(seen, `${path} is seen when it has the focus`);
  }
  await page.keyboard.press("g");
  await page.keyboard.press("2");
  await page.waitForURL("**/cases");
  await drawn(page);
  assert.equal(await page.locator("nav [aria-current='page']").innerText(), "案件");
}, { size: NARROW }));
