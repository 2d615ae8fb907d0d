// The reason log: who did what to the group, why and when, each with its undoing.
import { downloadText, csv } from "../../base/file.ts";
import { el, icon } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { moment, percent } from "../../base/format.ts";
import { chip } from "../../base/text.ts";
import { actName, caseName, doer, shortId, undoable } from "./names.ts";
import type { Act, GroupBody, Reason } from "./names.ts";

/** The latest acts stand open, the rest behind one line. */
const SHOWN = 15;

/** The log, the latest first. */
export function log(group: GroupBody, outside: Map<string, string>, undo: (act: Act) => void): HTMLElement {
  const names = new Map([...outside, ...group.tellings.map((telling) => [telling.case, caseName(telling)] as const)]);
  const latest = [...group.acts].reverse();
  return el("section", { class: "card log", "aria-labelledby": "log-title" },
    el("header", { class: "log-head" },
      el("h2", { id: "log-title" }, "变更记录"),
      el("span", { class: "note" }, "只增不改；人的决定优先于系统"),
      el("span", { class: "downloads no-print", role: "group", "aria-label": "下载" }, icon("download"),
        el("button", { type: "button", class: "link", "aria-label": "下载变更记录 CSV", onclick: () => save(group, names) }, "CSV"))),
    el("ol", { class: "acts" }, latest.slice(0, SHOWN).map((act) => entry(act, group, names, undo))),
    latest.length > SHOWN && el("details", { class: "earlier" }, el("summary", {}, `更早的 ${latest.length - SHOWN} 次变更`),
      el("ol", { class: "acts" }, latest.slice(SHOWN).map((act) => entry(act, group, names, undo)))));
}

function entry(act: Act, group: GroupBody, names: Map<string, string>, undo: (act: Act) => void): HTMLElement {
  const { name, machine } = doer(act);
  const undone = (act.undone_by ?? null) !== null;
  return el("li", { class: `act ${act.kind}${undone ? " undone" : ""}`, id: `act-${act.n}` },
    el("span", { class: "n" }, `${act.n}`),
    el("span", { class: "what" }, chip(machine ? "系统" : name, machine ? "calm" : "on"),
      el("b", {}, actName(act.kind)), ` ${act.cases.length} 件`,
      act.other && [act.kind === "split" ? "，与另一组 " : act.kind === "merge" ? "，来自另一组 " : "，另一组 ", groupLink(act, group, names)],
      act.undoes && el("span", {}, "，撤销的是", actLink(act.undoes)),
      undone && el("span", { class: "taken-back" }, "，已被", actLink(act.undone_by!), "撤销")),
    el("time", { datetime: act.at }, moment(act.at)),
    el("p", { class: "because" }, reason(act.reason as Reason, names)),
    el("p", { class: "which" }, act.cases.slice(0, 8).map((id) => caseLink(id, names)), act.cases.length > 8 && ` 等 ${act.cases.length} 件`),
    undoable(act) && el("button", { type: "button", class: "quiet no-print", "aria-label": `撤销第 ${act.n} 次变更：${name}${actName(act.kind)}`, onclick: () => undo(act) }, icon("undo"), "撤销"));
}

const actLink = (n: number) => el("a", { href: `#act-${n}` }, `第 ${n} 次`);

function groupLink(act: Act, group: GroupBody, names: Map<string, string>): HTMLElement {
  const id = act.other === group.id ? act.issue : act.other!;
  return el("a", { href: `/issues?id=${id}&as=is` }, names.has(id) ? `「${names.get(id)}」` : shortId(id));
}

const caseLink = (id: string, names: Map<string, string>): Child =>
  [el("a", { href: `/cases?id=${id}` }, names.get(id) ?? shortId(id)), " "];

/** The reason in one sentence. */
export function reason(given: Reason, names: Map<string, string>): string {
  const called = (id: string) => names.get(id) ?? shortId(id);
  if (given.kind === "pair" && given.cases?.length === 2) {
    return `${called(given.cases[0]!)} 与 ${called(given.cases[1]!)} 说同一件事的概率 ${percent(given.probability)}`;
  }
  if (given.kind === "tied") return "人已认定它们是同一件事";
  if (given.kind === "person") return given.note ? `“${given.note}”` : "没有写理由";
  return given.text ?? "—";
}

function save(group: GroupBody, names: Map<string, string>): void {
  const rows = group.acts.map((act) => [act.n, moment(act.at), doer(act).name, actName(act.kind), act.cases.map((id) => names.get(id) ?? id).join(" "),
    act.other ?? "", reason(act.reason as Reason, names), act.undoes ?? "", act.undone_by ?? ""]);
  downloadText(`变更记录-${group.id}.csv`, csv(["次", "时间", "谁", "变更", "案件", "另一组", "理由", "撤销了", "被撤销于"], rows));
}
