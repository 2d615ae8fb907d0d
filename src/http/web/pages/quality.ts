// 质量: how right the advice is, what is sent back and changed, what drifts, and whom to look at next.
import { el, replace } from "../base/dom.ts";
import { filterBar } from "../base/filters.ts";
import { onState, state } from "../base/state.ts";
import { heading, tabs } from "../base/text.ts";
import { changesTab } from "./quality/changes.ts";
import { FIELDS, USUAL } from "./quality/data.ts";
import { driftTab } from "./quality/drift.ts";
import { precisionTab } from "./quality/precision.ts";
import { returnsTab } from "./quality/returns.ts";
import { reviewTab } from "./quality/review.ts";
import { shadowTab } from "./quality/shadow.ts";

export const title = "质量";

/** Draws the page. */
export async function show(root: HTMLElement): Promise<void> {
  const bar = filterBar({ fields: FIELDS });
  for (const [name, usual] of Object.entries(USUAL)) {
    const none = bar.querySelector(`select[id^="filter-${name}-"] option[value=""]`);
    if (none) none.textContent = usual;
  }
  const dress = (): void => { bar.hidden = state().get("tab") === "shadow"; };
  onState(dress);
  dress();
  replace(root,
    heading("建议质量", el("p", { class: "note" }, "机器的建议有多准、该信到几分，哪里常被退、常被改，来件变没变，下一步该看哪些案件。")),
    bar,
    tabs("建议质量", [
      { key: "precision", name: "准确率", body: precisionTab },
      { key: "returns", name: "退单", body: returnsTab },
      { key: "changes", name: "改动", body: changesTab },
      { key: "drift", name: "漂移", body: driftTab },
      { key: "shadow", name: "影子模型", body: shadowTab },
      { key: "review", name: "复核", body: reviewTab },
    ]));
}
