// One case whole: what it says, what was advised, where it went, what became of it.

import { get, type Schema, type Taxonomy } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { moment } from "../../base/format.ts";
import { lines, working } from "../../base/notice.ts";
import { card, chip } from "../../base/text.ts";
import { explain } from "../desk/acts.ts";
import { banner } from "../desk/decision.ts";
import { duplicates, duplicatesOf, groupLink, similar } from "./alike.ts";
import { life } from "./life.ts";
import { moves, supervision } from "./moves.ts";
import { units } from "./route.ts";
import { categories, elements, matters, fits, questions, told } from "./told.ts";
import { type Case, decisionChip, isProtected, left, owesAnswer, statusChip, STATUSES, type Suggestion, titleOf, urgencyChip } from "./words.ts";

/** Draws the case `id` into `place`. */
export async function whole(place: HTMLElement, id: string, names: Taxonomy): Promise<void> {
  const again = (): void => void whole(place, id, names);
  await working(place, async () => {
    const path = `/v1/complaints/${encodeURIComponent(id)}`;
    const [one, audit] = await Promise.all([
      get<Case>(path), get<Schema<"AuditTrail">>(`${path}/audit`).then(({ items }) => items).catch(() => []),
    ]);
    draw(one, audit, null);
    document.title = `案件 ${one.reference ?? one.id} · 归口`;
    if (isProtected(one)) return;
    const why = await explain(one).catch(() => null);
    if (why && place.isConnected) draw(one, audit, why);
  }, lines(14));

  function draw(one: Case, audit: Schema<"AuditLine">[], why: Suggestion | null): void {
    const said = one.suggestion as Suggestion | null;
    const hidden = isProtected(one);
    const text = hidden ? null : one.text;
    const fit = why ?? fits(one.text, said);
    replace(place,
      el("header", { class: "case-head" },
        el("p", { class: "no-print" }, el("a", { href: "/cases", onclick: back }, icon("back"), "案件列表")),
        el("h1", {}, titleOf(one)),
        el("p", { class: "case-facts" }, statusChip(one.status), urgencyChip(one.urgency), decisionChip(one.decision), groupLink(one.issue),
          one.status === "accepted" && el("a", { href: `/?case=${one.id}`, class: "no-print" }, icon("forward"), "到派单台处理"))),
      el("div", { class: "whole" },
        el("div", { class: "stack" },
          card("诉求内容", text === null
            ? el("p", { class: "protected" }, icon("lock"), "举报人须保护，这里不显示内容。")
            : told(text, fit)),
          said && questions(said),
          fit && text !== null && matters(text, fit),
          said && card("派单建议", banner(said), el("div", { class: "gap" }, units(said, why))),
          said && categories(said),
          duplicates(text, one, duplicatesOf(one, why), again),
          text !== null && similar(why ?? said),
          said && elements(said, names, hidden)),
        el("div", { class: "stack" },
          card("办理", facts(one, names), moves(one, names, again)),
          supervision(one, again),
          card("过程", life(one, audit, names)),
          trail(audit))));
  }
}

/** Back to where the reader came from, when that was the list. */
function back(event: Event): void {
  if (!document.referrer || new URL(document.referrer).pathname !== "/cases") return;
  event.preventDefault();
  history.back();
}

function facts(one: Case, names: Taxonomy): HTMLElement {
  const due = owesAnswer(one.status) ? left(one.due_at) : null;
  const unit = one.final_unit ?? one.handler;
  const rows: [string, Child][] = [
    ["状态", STATUSES[one.status] ?? one.status],
    ["现承办", one.handler ? names.name(one.handler) : "—"],
    ["审定单位", one.final_unit && unit ? names.name(one.final_unit) : null],
    ["审定分类", one.final_category ? names.path(one.final_category) : null],
    ["答复期限", [moment(one.due_at), due && [" ", chip(due.text, due.tone)]]],
    ["办结", one.closed_at ? moment(one.closed_at) : null],
    ["受理", moment(one.received_at)],
    ["发生", one.occurred_at ? moment(one.occurred_at) : null],
    ["渠道", one.channel ?? "—"],
    ["工单编号", one.reference ?? "—"],
    ["案件编号", el("span", { class: "code" }, one.id)],
    ["主体", one.subject_type ?? null],
    ["所述地点", isProtected(one) ? null : one.location?.text ?? null],
    ["区县", [one.district, one.street, one.community].filter(Boolean).join(" · ") || "—"],
  ];
  return el("dl", { class: "pairs" }, rows.filter(([, value]) => value !== null).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

/** The audit: who did what, sealed line by line. */
function trail(audit: Schema<"AuditLine">[]): HTMLElement | null {
  if (audit.length === 0) return null;
  const who: Record<string, string> = { machine: "程序", person: "人工" };
  const names: Record<string, string> = { kept: "保存", step: "状态变更", feedback: "反馈", supervise: "督办", lift: "销号", undo: "撤销" };
  return el("details", { class: "card audit" }, el("summary", {}, `审计记录 ${audit.length} 行`),
    el("p", { class: "note" }, "只增不改，逐行以 SHA-256 相连；没有诉求内容。"),
    el("ol", {}, audit.map((line) => el("li", {}, el("time", { datetime: line.at }, moment(line.at)), el("b", {}, names[line.act] ?? line.act),
      el("span", {}, who[line.actor] ?? line.actor), el("code", { title: line.seal }, line.seal.slice(0, 10))))));
}
