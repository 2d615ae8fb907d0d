// The decision: who gets it, and one key for each way to say so.

import type { Taxonomy } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { moment, percent, sureness } from "../../base/format.ts";
import { notice, words } from "../../base/notice.ts";
import { chip } from "../../base/text.ts";
import { units } from "../cases/route.ts";
import { type Case, decisionTone, DECISIONS, left, REASONS, type Reason, statusChip, STATUSES, type Suggestion } from "../cases/words.ts";
import { accept, type Done, edit, giveBack, isUndecided, lastReason } from "./acts.ts";
import { type Choice, pick } from "./pick.ts";

/** What accepting is called where it is more than dispatching. */
const ACCEPTS: Record<string, string> = { transfer_emergency: "转接", redirect: "移交" };

export type Decision = { node: HTMLElement; accept: () => void; edit: () => void; giveBack: () => void; choose: (n: number) => void };

/** Units and categories to choose from, as the type-ahead takes them. */
export function unitChoices(names: Taxonomy): Choice[] {
  return names.departments.map(({ code, name, aliases }) => ({ code, name, words: aliases }));
}
export function categoryChoices(names: Taxonomy): Choice[] {
  return names.categories.map(({ code, name }) => ({ code, name, note: names.name(code.slice(0, 2)) }));
}

/** What is advised, said large. */
export function banner(said: Suggestion): HTMLElement {
  const first = said.assignment[0];
  return el("div", { class: `verdict ${decisionTone(said.decision)}` },
    el("p", { class: "verdict-name" }, DECISIONS[said.decision] ?? said.decision),
    first && el("p", { class: "verdict-sure" }, el("b", {}, percent(first.probability)), el("small", {}, sureness(first.probability))),
    el("p", { class: "verdict-why" }, said.decision_reason),
    said.degraded && el("p", { class: "verdict-why" }, "降级运行：没有可用的模型，只按关键词和规则判断，请人工复核。"));
}

/** The panel for one case. `decided` hears of what was done. */
export function decision(one: Case, why: Suggestion | null, names: Taxonomy, decided: (done: Done) => void): Decision {
  const said = one.suggestion as Suggestion;
  const undecided = isUndecided(one);
  const form = el("div", { class: "decide-form" });
  let busy = false;

  async function act(work: () => Promise<Done>): Promise<void> {
    if (busy) return;
    busy = true;
    node.setAttribute("aria-busy", "true");
    for (const button of node.querySelectorAll("button")) button.disabled = true;
    try {
      decided(await work());
    } catch (error) {
      notice(words(error), { tone: "bad" });
      for (const button of node.querySelectorAll("button")) button.disabled = false;
    } finally {
      busy = false;
      node.removeAttribute("aria-busy");
    }
  }

  const open = (content: HTMLElement, focus: HTMLElement | null): void => {
    replace(form, content);
    content.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { replace(form); (node.querySelector(".decide-keys button") as HTMLElement | null)?.focus(); }
    });
    content.scrollIntoView({ block: "nearest" });
    focus?.focus();
  };
  const ready = (): boolean => {
    if (!undecided) notice(`这件${STATUSES[one.status] ?? ""}，不在待派之列。`, { tone: "warn" });
    return undecided;
  };
  // While a form is being filled in, a stray key must not send the case off.
  const doAccept = (): void => { if (!form.contains(document.activeElement) && ready()) void act(() => accept(one)); };
  const doEdit = (unit?: string): void => {
    if (!ready()) return;
    const { node: content, focus } = editForm(one, names, unit, (change, name) => void act(() => edit(one, change, name)));
    open(content, focus);
  };
  const doReturn = (): void => {
    if (!ready()) return;
    const { node: content, focus } = returnForm(one, (reason, note, how) => void act(() => giveBack(one, reason, note, how)));
    open(content, focus);
  };
  const choose = (n: number): void => {
    const wanted = said.assignment[n];
    if (!wanted || !ready()) return;
    if (n === 0) return doAccept();
    void act(() => edit(one, { unit: wanted.lead.code }, wanted.lead.name));
  };

  const node = el("div", { class: "decide" },
    banner(said),
    undecided ? back(one, names) : settled(one, names),
    undecided && el("div", { class: "decide-keys no-print", role: "group", "aria-label": "处理" },
      el("button", { type: "button", class: "main", "aria-keyshortcuts": "a", onclick: doAccept }, icon("check"), refuses(one) ? "驳回" : ACCEPTS[said.decision] ?? "采纳", el("kbd", {}, "A")),
      el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "e", onclick: () => doEdit() }, icon("edit"), one.status === "accepted" ? "修改" : "改派", el("kbd", {}, "E")),
      el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "r", onclick: doReturn }, icon("back"), one.status === "return_requested" ? "同意退单" : "退回", el("kbd", {}, "R"))),
    form,
    deadline(one),
    el("section", { class: "decide-units" }, el("h3", {}, "归口单位"),
      said.assignment.length === 0
        ? el("p", { class: "note" }, "没有可推荐的单位，请按 E 指定。")
        : units(said, why, (unit, at) => undecided && el("button", {
          type: "button", class: "quiet send no-print", "aria-keyshortcuts": String(at + 1), onclick: () => choose(at),
        }, "派给", el("span", { class: "hidden" }, ` ${unit.lead.name} `), el("kbd", {}, at + 1)))),
    changedMind(said, why));
  return { node, accept: doAccept, edit: () => doEdit(), giveBack: doReturn, choose };
}

/** By when. */
function deadline(one: Case): HTMLElement {
  const due = left(one.due_at);
  return el("p", { class: "due" }, icon("clock"), el("span", {}, "答复期限 "), el("b", {}, one.due_at ? moment(one.due_at) : "未定"), due && chip(due.text, due.tone));
}

/** Whether accepting means that the unit which wants to be rid of it keeps it. */
const refuses = (one: Case): boolean => one.status === "return_requested" && one.handler === one.suggestion?.assignment[0]?.lead.code;

/** Of a case that came back: who sent it back and why. */
function back(one: Case, names: Taxonomy): Child {
  const reason = lastReason(one);
  if (one.status === "accepted") return null;
  const sent = one.steps?.findLast((step) => step.status === "dispatched");
  const said = one.steps?.findLast((step) => step.status.startsWith("return"));
  return el("p", { class: "came-back" }, statusChip(one.status), ` ${names.name(sent?.unit)}：${reason ? REASONS[reason] ?? reason : "未说明原因"}`,
    said?.note && el("q", {}, said.note), one.status === "return_requested" && el("small", {}, refuses(one)
      ? "A 驳回，仍由该单位办；E 改派别的单位；R 同意退单，再行改派。" : "A 改派给建议单位；E 改派别的单位；R 同意退单，再行改派。"));
}

/** Of a case that is no longer waiting. */
function settled(one: Case, names: Taxonomy): HTMLElement {
  return el("p", { class: "came-back" }, statusChip(one.status), ` 现承办 ${names.name(one.handler)}`,
    el("a", { href: `/cases?id=${one.id}` }, "看办理过程"));
}

/** When today's model would advise otherwise than was advised. */
function changedMind(said: Suggestion, why: Suggestion | null): Child {
  const [before, now] = [said.assignment[0]?.lead, why?.assignment[0]?.lead];
  if (!before || !now || before.code === now.code) return null;
  return el("p", { class: "note" }, `按现行模型和规则，现在会建议 ${now.name}；以上为受理时的建议。`);
}

function editForm(one: Case, names: Taxonomy, unit: string | undefined, send: (change: { unit: string; category?: string; note?: string }, name: string) => void): { node: HTMLElement; focus: HTMLElement } {
  const advised = one.suggestion?.assignment[0]?.lead.code ?? null;
  const to = pick("改派给", unitChoices(names), { value: unit ?? null, placeholder: names.name(advised) });
  const category = pick("分类（不改可留空）", categoryChoices(names), { placeholder: one.category?.name ?? "未分类" });
  const note = el("input", { type: "text", id: "edit-note", maxlength: 200, autocomplete: "off" });
  const wrong = el("p", { class: "wrong", role: "alert" });
  const node = el("form", { class: "decide-card", "aria-label": "修改后派单" }, el("h3", {}, "修改后派单"), to.node, category.node,
    el("div", { class: "pick" }, el("label", { for: "edit-note" }, "说明（可留空）"), note), wrong,
    el("p", { class: "row" }, el("button", { type: "submit", class: "main" }, "派单"), el("span", { class: "note" }, el("kbd", {}, "Enter"), " 派单 ", el("kbd", {}, "Esc"), " 取消")));
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = to.value() ?? (category.value() ? advised : null);
    if (!chosen) {
      wrong.textContent = "请选一个单位，或改分类；都不改就按 A 采纳。";
      to.input.setAttribute("aria-invalid", "true");
      return to.input.focus();
    }
    const change: { unit: string; category?: string; note?: string } = { unit: chosen };
    if (category.value()) change.category = category.value()!;
    if (note.value.trim()) change.note = note.value.trim();
    send(change, names.name(chosen));
  });
  return { node, focus: to.input };
}

type How = "close" | "approve" | "keep";

function returnForm(one: Case, send: (reason: Reason, note: string, how: How) => void): { node: HTMLElement; focus: HTMLElement | null } {
  const asks = one.status === "return_requested";
  const before = lastReason(one);
  const first = asks && before ? before : "info_incomplete";
  const radios = Object.entries(REASONS).map(([code, name], at) => el("label", { class: "choice" },
    el("input", { type: "radio", name: "reason", value: code, checked: code === first }), el("span", {}, name), el("kbd", {}, at + 1)));
  const note = el("input", { type: "text", id: "return-note", maxlength: 200, autocomplete: "off" });
  const close = el("input", { type: "checkbox", id: "return-close" });
  const canClose = one.next?.includes("declined") ?? false;
  const node = el("form", { class: "decide-card", "aria-label": "退回" }, el("h3", {}, asks ? "同意退单" : "退回"),
    el("fieldset", { class: "choices" }, el("legend", {}, "原因"), radios),
    el("div", { class: "pick" }, el("label", { for: "return-note" }, "说明（可留空）"), note),
    canClose && !asks && el("label", { class: "choice" }, close, el("span", {}, "不予受理，就此办结")),
    el("p", { class: "note" }, asks ? "同意后案件转入“待改派”。" : "不勾选“不予受理”时，只记下退回原因，案件仍在待派，等补充后再派。"),
    el("p", { class: "row" }, el("button", { type: "submit", class: "main" }, asks ? "同意退单" : "退回"), el("span", { class: "note" }, el("kbd", {}, "Enter"), " 确定 ", el("kbd", {}, "Esc"), " 取消")));
  const suggestClose = (): void => { close.checked = canClose && ["not_acceptable", "duplicate"].includes(chosen()); };
  const chosen = (): string => node.querySelector<HTMLInputElement>("input[name=reason]:checked")?.value ?? first;
  node.addEventListener("change", (event) => { if ((event.target as HTMLInputElement).name === "reason") suggestClose(); });
  node.addEventListener("keydown", (event) => {
    const radio = /^[1-9]$/.test(event.key) && event.target !== note && radios[Number(event.key) - 1]?.querySelector("input");
    if (radio) { event.preventDefault(); radio.checked = true; radio.focus(); suggestClose(); }
    if (event.key === "Enter" && event.target instanceof HTMLInputElement) { event.preventDefault(); node.requestSubmit(); }
  });
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    send(chosen() as Reason, note.value.trim(), asks ? "approve" : close.checked ? "close" : "keep");
  });
  return { node, focus: node.querySelector<HTMLInputElement>("input[name=reason]:checked") };
}
