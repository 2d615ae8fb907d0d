// 报告: operation reports as they go out, every figure with its source, and the archive of those that went.

import { get, withQuery } from "../base/api.ts";
import { el, replace } from "../base/dom.ts";
import { block, working } from "../base/notice.ts";
import { onState, state } from "../base/state.ts";
import { heading, tabs } from "../base/text.ts";
import { archiveTab } from "./reports/archive.ts";
import { asked, controls } from "./reports/controls.ts";
import type { PaperDocument } from "./reports/document.ts";
import { preview } from "./reports/preview.ts";

export const title = "报告";

/** Draws the page. */
export async function show(root: HTMLElement): Promise<void> {
  replace(root,
    heading(title, el("p", { class: "note no-print" }, "日报、周报、月报、专报：每个数字都能点开看出处、再问一次核对。")),
    tabs("报告", [
      { key: "report", name: "生成", body: reportTab },
      { key: "archive", name: "归档", body: archiveTab },
    ]));
}

function reportTab(): HTMLElement {
  const place = el("div", { class: "report-place" });
  let shown = "";
  const draw = (): void => {
    const { kind, query, live } = asked(state());
    const path = `/v1/reports/${kind}`;
    const wanted = withQuery(path, query);
    if (wanted === shown || (state().get("tab") ?? "report") !== "report") return;
    shown = wanted;
    replace(place);
    void working(place, async () => {
      const held = live ? { ...query, as_of: new Date().toISOString().replace(/\.\d+/, "") } : query;
      const document = await get<PaperDocument>(path, held);
      if (shown === wanted) replace(place, preview(document, path, held));
    }, [block(900)]);
  };
  onState(draw);
  draw();
  return el("div", { class: "stack" }, controls(), place);
}
