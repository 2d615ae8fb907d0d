// The case in the middle: what it says, what it is about, what it is like.

import type { Taxonomy } from "../../base/api.ts";
import { type Child, el, icon } from "../../base/dom.ts";
import { moment } from "../../base/format.ts";
import { card } from "../../base/text.ts";
import { duplicates, duplicatesOf, groupLink, similar } from "../cases/alike.ts";
import { categories, elements, matters, fits, questions, told } from "../cases/told.ts";
import { type Case, decisionChip, flagChip, isProtected, statusChip, type Suggestion, titleOf, urgencyChip } from "../cases/words.ts";

/** Everything about one kept case; `why` has the marks, once they came. */
export function casePane(one: Case, why: Suggestion | null, names: Taxonomy, changed: () => void): Child[] {
  const said = (why ?? one.suggestion) as Suggestion;
  const hidden = isProtected(one) && !shown.has(one.id);
  const text = hidden ? null : one.text;
  const fit = why ?? fits(one.text, one.suggestion as Suggestion | null);
  return [
    el("header", { class: "case-head" },
      el("h2", { id: "case-title", tabindex: "-1" }, hidden ? "内容受保护" : titleOf({ ...one, flags: [] })),
      el("p", { class: "case-facts" }, urgencyChip(one.urgency), one.status !== "accepted" && statusChip(one.status), decisionChip(one.decision),
        flags(one, names),
        el("span", {}, one.reference ?? one.id.slice(0, 10)), one.channel && el("span", {}, one.channel),
        el("span", {}, `受理 ${moment(one.received_at)}`), groupLink(one.issue),
        el("a", { href: `/cases?id=${one.id}` }, icon("link"), "全部过程"))),
    card("诉求内容", hidden ? protectedNote(one.id, changed) : told(one.text, fit)),
    said && questions(said),
    fit && text !== null && matters(text, fit),
    said && categories(one.suggestion as Suggestion),
    duplicates(text, one, duplicatesOf(one, why), changed),
    text !== null && similar(why ?? said),
    said && elements({ ...said, flags: (one.suggestion as Suggestion).flags }, names, hidden),
  ];
}

/** What the rules saw that one must know at once. */
const flags = (one: Case, names: Taxonomy): Child =>
  ((one.suggestion as Suggestion | null)?.flags ?? []).map((flag) => flagChip(flag, names.name));

/** Protected cases whose text the reader asked to see, until the page is left. */
const shown = new Set<string>();

function protectedNote(id: string, changed: () => void): HTMLElement {
  return el("div", { class: "protected" }, icon("lock"),
    el("p", {}, "举报人须保护，默认不显示内容。派单确有需要时可看脱敏后的文字，请勿外传。"),
    el("button", { type: "button", class: "quiet no-print", onclick: () => { shown.add(id); changed(); } }, "派单需要，显示内容"));
}
