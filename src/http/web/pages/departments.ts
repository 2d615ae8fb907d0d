// 办理: how units handle what they are given. `?unit=` is one of them.
import { el, replace } from "../base/dom.ts";
import { filterBar } from "../base/filters.ts";
import { onState, state } from "../base/state.ts";
import { heading, tabs } from "../base/text.ts";
import { bulletinTab } from "./departments/bulletin.ts";
import { compareTab } from "./departments/compare.ts";
import { FIELDS } from "./departments/data.ts";
import { publicTab } from "./departments/public.ts";
import { supervisionTab } from "./departments/supervision.ts";
import { showUnit } from "./departments/unit.ts";
import { unitsTab } from "./departments/units.ts";

export const title = "办理";

/** Draws the page: all units under tabs, or one unit. */
export async function show(root: HTMLElement): Promise<void> {
  const all = el("div", { class: "stack all-units" });
  const one = el("div", { class: "stack one-unit" });
  replace(root, all, one);
  let drawn = false;
  let shown: string | null = null;
  let scrolled = 0;
  const draw = (): void => {
    const unit = state().get("unit");
    all.hidden = unit !== null;
    one.hidden = unit === null;
    if (unit === null && !drawn) {
      drawn = true;
      drawAll(all);
    }
    if (unit === shown) return;
    if (unit !== null && shown === null) scrolled = scrollY;
    shown = unit;
    if (unit === null) {
      document.title = `${title} · 归口`;
      replace(one);
      scrollTo(0, scrolled);
    } else {
      scrollTo(0, 0);
      showUnit(one, unit);
    }
  };
  onState(draw);
  draw();
}

/** Tabs that show figures of the period and filters of the address. */
const FILTERED = ["", "compare", "bulletin"];

function drawAll(root: HTMLElement): void {
  const bar = filterBar({ fields: FIELDS });
  const dress = (): void => { bar.hidden = !FILTERED.includes(state().get("tab") ?? ""); };
  onState(dress);
  dress();
  replace(root,
    heading("办理情况", el("p", { class: "note" }, "各单位派了多少、答得按时不按时、群众认不认；率都附件数和 95% 区间，每个数字都通到案件。")),
    bar,
    tabs("办理情况", [
      { key: "units", name: "各单位", body: unitsTab },
      { key: "compare", name: "同轴比较", body: compareTab },
      { key: "supervision", name: "超期与督办", body: supervisionTab },
      { key: "bulletin", name: "单位通报表", body: bulletinTab },
      { key: "public", name: "公开版", body: publicTab },
    ]));
}
