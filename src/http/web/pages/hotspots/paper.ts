// What a sheet of paper must say that the screen shows in its fields: which cases, as of when.
import { taxonomy } from "../../base/api.ts";
import { el } from "../../base/dom.ts";
import { moment } from "../../base/format.ts";
import { onState, state } from "../../base/state.ts";

const NAMES: Record<string, string> = {
  from: "受理不早于", to: "受理不晚于", category: "分类", district: "区县", street: "街道", community: "社区", department: "归口单位",
  petition: "诉求类型", channel: "渠道", urgency: "紧急程度", issue: "诉求组", days: "最近天数", as_of: "截至",
};

/** A line for the printer only, kept right as the address changes. */
export function onPaper(): HTMLElement {
  const line = el("p", { class: "only-print" });
  const write = async () => {
    const names = await taxonomy().catch(() => null);
    const said = [...state()].flatMap(([key, value]) => {
      if (!NAMES[key]) return [];
      return [`${NAMES[key]} ${value.includes("T") ? moment(value) : names?.name(value) ?? value}`];
    });
    line.textContent = `${said.length > 0 ? `范围：${said.join("，")}。` : ""}打印于 ${moment(new Date())}。`;
  };
  void write();
  onState(() => void write());
  return line;
}
