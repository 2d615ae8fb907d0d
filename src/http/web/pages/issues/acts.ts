// What people do to groups. Each act asks for a reason, is carried out by the service, and what the service then says
// is what is shown, with what followed from it.
import { ask, dialog } from "../../base/dialog.ts";
import { el, icon } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { failure, notice } from "../../base/notice.ts";
import { actName, caseName, doer, shortId } from "./names.ts";
import type { Act, GroupBody, Telling } from "./names.ts";
import { merge, split, undo } from "./store.ts";

const ROLE = "guikou-role";

/** A reason and a role, asked for before an act; `null` when the reader thought better of it. */
export type Said = { reason: string; actor: string };

/** Asks why, shows what will happen, does it and stays open with the error when the service refuses. */
export function askReason(options: {
  title: string; body: Child; yes: string; wide?: boolean; hints: string[]; act: (said: Said) => Promise<void>;
}): void {
  const reason = el("textarea", { id: "act-reason", rows: 2, maxlength: 2000, required: true, "aria-describedby": "act-note" });
  const actor = el("input", { id: "act-role", type: "text", maxlength: 64, value: localStorage.getItem(ROLE) ?? "", placeholder: "如：派单员", autocomplete: "off" });
  const wrong = el("div", { "aria-live": "assertive" });
  const yes = el("button", { type: "submit", class: "main" }, options.yes);
  const form = el("form", { class: "act-form" },
    options.body,
    el("label", { for: "act-reason" }, "理由"), reason,
    el("p", { class: "hints" }, options.hints.map((hint) =>
      el("button", { type: "button", class: "hint", onclick: () => { reason.value = hint; reason.focus(); } }, hint))),
    el("label", { for: "act-role" }, "岗位"), actor,
    el("p", { class: "note", id: "act-note" }, "写岗位，不写姓名。理由记入变更记录，保存前脱敏；Ctrl + Enter 提交。"),
    wrong,
    el("p", { class: "dialog-foot" }, el("button", { type: "button", class: "quiet", onclick: () => close() }, "取消"), yes));
  const carryOut = async () => {
    if (!form.reportValidity() || yes.disabled) return;
    localStorage.setItem(ROLE, actor.value.trim());
    yes.disabled = true;
    try {
      await options.act({ reason: reason.value.trim(), actor: actor.value.trim() });
      close();
    } catch (error) {
      wrong.replaceChildren(failure(error));
    } finally {
      yes.disabled = false;
    }
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); void carryOut(); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void carryOut(); }
  });
  const { close } = dialog({ title: options.title, body: form, ...(options.wide ? { wide: true } : {}) });
  reason.focus();
}

const said = ({ reason, actor }: Said) => ({ ...(reason ? { reason } : {}), ...(actor ? { actor } : {}) });

/** Takes cases out of a group. */
export function splitOff(group: GroupBody, out: Telling[], done: (group: GroupBody) => void): void {
  const one = out.length === 1;
  askReason({
    title: one ? "移出本组" : `拆出 ${out.length} 件`,
    yes: one ? "移出" : "拆分",
    body: el("div", {},
      el("p", {}, one ? "这一件不再属于本组，系统此后不会自动并回：" : "这些案件自成一组（或归入与它们更像的另一组），系统此后不会自动并回："),
      el("ul", { class: "short-list" }, out.map((telling) =>
        el("li", {}, el("b", {}, caseName(telling)), telling.protected ? "内容受保护" : telling.title ?? (telling.text ?? "").slice(0, 60))))),
    hints: ["不是同一件事", "地点不同", "诉求不同"],
    act: async (given) => {
      const last = lastAct(group);
      const answer = await split(group.id, out.map((telling) => telling.case), said(given));
      const home = answer.other ? `现在「${answer.other.title}」` : one ? "现不属任何组" : "";
      const mine = ruled(answer.issue, last, "split");
      notice([`已${one ? "移出" : `拆出 ${out.length} 件`}`, home, followed(answer.issue, last)].filter(Boolean).join("；"), takeBack(mine, group.id, done));
      done(answer.issue);
    },
  });
}

/** Puts another group into this one. */
export async function mergeIn(keep: GroupBody, other: { id: string; title: string }, given: Said, done: (group: GroupBody) => void): Promise<void> {
  const last = lastAct(keep);
  const group = await merge(keep.id, other.id, said(given));
  notice([`已把「${other.title}」并入「${group.title}」，共 ${group.cases} 件`, followed(group, last)].filter(Boolean).join("；"),
    takeBack(ruled(group, last, "merge"), keep.id, done));
  done(group);
}

/** Takes an act back, whoever did it. */
export function undoAct(group: GroupBody, act: Act, done: (group: GroupBody) => void): void {
  const { name, machine } = doer(act);
  askReason({
    title: `撤销第 ${act.n} 次变更`,
    yes: "撤销这次变更",
    body: el("p", {}, machine
      ? `这是系统的${actName(act.kind)}（${act.cases.length} 件）。撤销即由人认定相反：系统此后不再自动改回。`
      : `这是${name}的${actName(act.kind)}（${act.cases.length} 件）。撤销即取消其效力，案件回到此前的组。`),
    hints: ["操作有误", "不是同一件事", "是同一件事"],
    act: async (given) => {
      const last = lastAct(group);
      const now = await undo(group.id, act.n, said(given));
      notice([`已撤销第 ${act.n} 次变更`, followed(now, last)].filter(Boolean).join("；"));
      done(now);
    },
  });
}

/** What can be taken back from the notice itself: the reader knows why, so only that is said. */
function takeBack(act: Act | undefined, id: string, done: (group: GroupBody) => void): { undo?: () => Promise<void> } {
  if (!act) return {};
  return { undo: async () => done(await undo(id, act.n, { reason: "操作后随即撤销", ...(localStorage.getItem(ROLE) ? { actor: localStorage.getItem(ROLE)! } : {}) })) };
}

const lastAct = (group: GroupBody) => Math.max(0, ...group.acts.map((act) => act.n));
const ruled = (group: GroupBody, after: number, kind: Act["kind"]) =>
  group.acts.find((act) => act.n > after && act.kind === kind && act.actor !== null && act.actor !== undefined);

/** What the machine did because of what a person did. */
function followed(group: GroupBody, after: number): string {
  const then = group.acts.filter((act) => act.n > after && doer(act).machine);
  return then.map((act) => `系统随之${actName(act.kind)} ${act.cases.length} 件`).join("，");
}

/** A copy of a group's address for a colleague. */
export async function copyAddress(id: string): Promise<void> {
  const address = `${location.origin}/issues?id=${id}`;
  try {
    await navigator.clipboard.writeText(address);
    notice("已复制本组链接");
  } catch {
    await ask({ title: "本组链接", label: `诉求组 ${shortId(id)}`, yes: "好", value: address });
  }
}

/** The note above a list of acts when nothing can be done: the group went into another or was dissolved. */
export const closedNote = (): HTMLElement => el("p", { class: "note" }, icon("info"), "本组已不在用，只能看记录和撤销变更。");
