// What the queue is narrowed to: a few choices, folded away until wanted.

import type { Taxonomy } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { go, onState, state } from "../../base/state.ts";
import { DECISIONS } from "../cases/words.ts";
import { NARROW } from "./queue.ts";

type Field = { name: (typeof NARROW)[number]; label: string; options: [string, string][] };

/** The fold with its selects; its summary says what is chosen. */
export function narrowing(names: Taxonomy): HTMLElement {
  const fields: Field[] = [
    { name: "decision", label: "建议", options: Object.entries(DECISIONS) },
    { name: "urgency", label: "紧急程度", options: names.urgency.map(({ code, name }) => [code, name]) },
    { name: "category", label: "一级分类", options: names.domains.map(({ code, name }) => [code, name]) },
    { name: "unit", label: "建议单位", options: names.departments.map(({ code, name }) => [code, name]) },
    { name: "district", label: "区县", options: [...names.districts.map(({ name }): [string, string] => [name, name]), ["-", "未读出"]] },
    { name: "channel", label: "渠道", options: [...["电话", "微信小程序", "APP", "网站", "网站留言", "市长信箱", "短信", "微博"].map((one): [string, string] => [one, one]), ["-", "未注明"]] },
  ];
  const selects = fields.map(({ name, label, options }) => {
    const select = el("select", { id: `narrow-${name}` }, el("option", { value: "" }, "全部"),
      options.map(([value, words]) => el("option", { value }, words)));
    select.addEventListener("change", () => go({ [name]: select.value || null, case: null }));
    return { name, select, node: el("div", { class: "field" }, el("label", { for: select.id }, label), select) };
  });
  const said = el("span", {});
  const clear = el("button", { type: "button", class: "bare", onclick: () => go({ ...Object.fromEntries(NARROW.map((name) => [name, null])), case: null }) }, icon("close"), "清除");
  const fold = el("details", { class: "narrow no-print" },
    el("summary", {}, icon("filter"), said, el("kbd", {}, "/")),
    el("div", { class: "narrow-fields" }, selects.map(({ node }) => node), clear));
  const read = (now: URLSearchParams): void => {
    const chosen = selects.flatMap(({ name, select }) => {
      const value = now.get(name) ?? "";
      if (value && ![...select.options].some((option) => option.value === value)) select.append(el("option", { value }, names.path(value)));
      select.value = value;
      return value ? [select.selectedOptions[0]?.textContent ?? value] : [];
    });
    replace(said, chosen.length > 0 ? `筛选：${chosen.join("、")}` : "筛选");
    fold.classList.toggle("set", chosen.length > 0);
    clear.hidden = chosen.length === 0;
  };
  read(state());
  onState(read);
  return fold;
}
