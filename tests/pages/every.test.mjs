// What holds for every page: it draws without a complaint, reads well, fits, and can be walked by keyboard.

import assert from "node:assert/strict";
import { NARROW, PAGES, WIDE, accessible, drawn, fits, focusSeen, picture, tabTo, test, visit } from "./harness.mjs";

const LOOKS = [
  { name: "wide-light", size: WIDE }, { name: "wide-dark", size: WIDE, dark: true },
  { name: "narrow-light", size: NARROW }, { name: "narrow-dark", size: NARROW, dark: true },
];

for (const { path, name, title } of PAGES) {
  for (const look of LOOKS) {
    test(`${title} ${path} is clean, readable and fits: ${look.name}`, visit(path, async (page) => {
      // A page may say what of it is shown: 案件：全部案件.
      assert.match(await page.title(), new RegExp(`^${title}.* · 归口$`));
      assert.equal(await page.locator("h1").count(), 1, "one main heading");
      await picture(page, `${name}-${look.name}`);
      await accessible(page);
      await fits(page);
    }, look));
  }

  test(`${title} ${path} stands without the charts`, visit(path, async (page) => {
    for (const figure of await page.locator("figure.chart").all()) {
      assert.match(await figure.locator("> .note").innerText(), /未含图表/);
      assert.ok(await figure.locator("> .numbers table").first().isVisible(), "its table is shown");
    }
  }, { without: "/assets/charts.js" }));

  test(`${title} ${path} can be walked by keyboard`, visit(path, async (page) => {
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
    await tabTo(page, ".skip");
    await focusSeen(page);
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main", "the skip link leads to the text");
    // Without the fragment, so that the walk begins at the top again.
    await page.goto(new URL(path, page.url()).href);
    await drawn(page);
    // To another page: only then is it seen that Enter leads anywhere.
    const there = PAGES.findLast((page) => page.path !== path);
    for (const href of ["/", "/hotspots", there.path]) {
      await tabTo(page, `nav a[href='${href}']`);
      await focusSeen(page);
    }
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${there.path}`);
    await drawn(page);
    assert.match(await page.title(), new RegExp(`^${there.title}`));
  }));
}

test("a page that is not there is answered with words", visit("/", async (page) => {
  const answer = await page.request.get(new URL("/nowhere", page.url()).href);
  assert.equal(answer.status(), 404);
  assert.match((await answer.json()).detail, /没有这个地址/);
}));
