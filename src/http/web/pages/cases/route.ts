// Who answers for a case, and why: units ranked, reasons, legal basis.

import type { Schema } from "../../base/api.ts";
import { type Child, el } from "../../base/dom.ts";
import { percent, sureness } from "../../base/format.ts";
import { bar, chip } from "../../base/text.ts";
import { LEVELS, type Suggestion } from "./words.ts";

type Assignment = Schema<"Assignment">;

/** Units, best first; each opens to its reasons. `aside` stands at the end of a unit's line. */
export function units(said: Suggestion, why: Suggestion | null, aside?: (unit: Assignment, at: number) => Child): HTMLElement {
  const reasons = new Map((why?.assignment ?? []).map((one) => [one.lead.code, one]));
  return el("ol", { class: "units" }, said.assignment.map((one, at) => {
    const known = reasons.get(one.lead.code) ?? one;
    return el("li", { class: at === 0 ? "unit first" : "unit" },
      el("div", { class: "unit-head" },
        el("span", { class: "unit-rank", "aria-label": `第 ${at + 1} 选` }, at + 1),
        el("span", { class: "unit-name" }, el("strong", {}, one.lead.name),
          el("small", {}, `${LEVELS[one.level] ?? one.level} · ${one.lead.code}`)),
        el("span", { class: "unit-sure" }, el("b", {}, percent(one.probability)), el("small", {}, sureness(one.probability))),
      ),
      el("div", { class: "unit-line" }, bar(one.probability), aside?.(one, at)),
      one.co.length > 0 && el("p", { class: "unit-co" }, el("span", {}, "协办"), one.co.map((unit) => chip(unit.name))),
      grounds(known, at === 0));
  }));
}

/** Rule, category, model and basis of one unit. */
function grounds(one: Assignment, open: boolean): HTMLElement | null {
  const rows = [...one.reasons.map(reason), ...one.basis.map(basis)].filter((row) => row !== null);
  if (rows.length === 0) return null;
  const details = el("details", { class: "unit-why" }, el("summary", {}, `理由与依据 ${rows.length} 条`), el("ul", { class: "why" }, rows));
  details.open = open;
  return details;
}

function reason(one: Assignment["reasons"][number]): HTMLElement | null {
  switch (one.kind) {
    case "rule": return el("li", {}, chip(`规则 ${one.id}`, "on"), el("span", {}, one.text));
    case "category": return el("li", {}, chip(`分类 ${one.code}`), el("span", {}, one.text));
    case "model": return el("li", {}, chip("模型"), el("span", {}, one.text));
    default: return null;
  }
}

function basis({ cite, verified }: Assignment["basis"][number]): HTMLElement {
  return el("li", {}, chip(verified ? "依据 已核实" : "依据 未核实", verified ? "good" : "warn"), el("span", {}, cite));
}
