// What is wrong with a file of answers: what must be mended first.

import { type Child, el, icon } from "../../base/dom.ts";
import { count } from "../../base/format.ts";
import { card, chip } from "../../base/text.ts";
import type { Checklist, Finding } from "./data.ts";

/** The findings as a card. */
export function checklistCard({ findings }: Checklist, title = "数据检查"): HTMLElement {
  const fatal = findings.filter((one) => one.fatal).length;
  const first = [...findings].sort((a, b) => Number(b.fatal) - Number(a.fatal));
  const said = findings.length === 0 ? "没有发现问题。" : `${findings.length} 处，${fatal > 0 ? `其中 ${fatal} 处不改就不能计算。` : "都不妨碍计算。"}`;
  return card(title, el("p", { class: "note" }, said), findings.length > 0 && el("ul", { class: "findings" }, first.map(item)));
}

function item(one: Finding): HTMLElement {
  return el("li", { class: one.fatal ? "fatal" : null },
    one.fatal ? chip([icon("warn"), "必须改"], "bad") : chip("须知", "warn"),
    el("div", {}, el("p", {}, one.zh), where(one)));
}

function where({ question, count: all, lines }: Finding): Child {
  const parts = [question, lines.length > 0 && `第 ${lines.join("、")} 行${all > lines.length ? `……（共 ${count(all)} 处）` : ""}`].filter(Boolean);
  return parts.length > 0 && el("p", { class: "note" }, parts.join(" · "));
}
