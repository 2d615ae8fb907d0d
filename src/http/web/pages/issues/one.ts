// One group, whole: head, timeline, units, people, texts, the reason log, and the acts on it.
import { downloadLinks, taxonomy } from "../../base/api.ts";
import type { Schema } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { day } from "../../base/format.ts";
import { key } from "../../base/keys.ts";
import { block, lines, notice, working } from "../../base/notice.ts";
import { address, go, state } from "../../base/state.ts";
import { closedNote, copyAddress, splitOff, undoAct } from "./acts.ts";
import { about, alertChips, cameFrom, figures, units } from "./head.ts";
import { log } from "./log.ts";
import { mergeWith } from "./merging.ts";
import { stage, undoable } from "./names.ts";
import type { GroupBody, Reason, Stage, Telling } from "./names.ts";
import { people } from "./people.ts";
import { follow, readAlerts, readCases, readGroup, readHeat, readNames, readTitles, readUnits } from "./store.ts";
import type { Alert, Case, Heat } from "./store.ts";
import { texts } from "./texts.ts";
import type { Marks } from "./texts.ts";
import { timeline } from "./timeline.ts";

type Around = {
  cases: Map<string, Case>;
  heat: Heat | undefined;
  alerts: Alert[];
  report: Schema<"Departments"> | null;
  /** What cases and groups are called that are not in this one. */
  outside: Map<string, string>;
};

/** Draws the group `id`; a group that was merged leads to the one it went into, unless `as=is`. */
export function showOne(root: HTMLElement, id: string): void {
  const place = el("div", { class: "group" });
  replace(root, place);
  void working(place, async () => {
    const { group, from } = state().get("as") === "is" ? { group: await readGroup(id), from: [] } : await follow(id);
    await draw(place, group, from);
  }, el("div", { class: "group" }, lines(2), block(90), block(320), block(400)));
}

async function draw(place: HTMLElement, group: GroupBody, from: GroupBody[]): Promise<void> {
  const [names, around] = await Promise.all([taxonomy(), surroundings(group)]);
  const stageOf = (telling: Telling) => stage(telling.status, around.cases.get(telling.case)?.due_at);
  const redraw = (now: GroupBody) => {
    if (now.id !== group.id) go({ id: now.id, as: null });
    else void draw(place, now, []).catch(() => notice("已办好，但页面没有刷新，请重新载入。", { tone: "warn" }));
  };
  const live = group.cases > 0;
  const ticked = new Set<string>();
  const chosen = () => group.tellings.filter((telling) => ticked.has(telling.case));
  const foot = selection(group, ticked, () => splitOff(group, chosen(), redraw), () => { ticked.clear(); drawTexts(); });
  const said = el("div", {});
  let marks = (state().get("marks") ?? "shared") as Marks;
  const drawTexts = () => {
    if (!live) return;
    foot.show();
    replace(said, texts(group, {
      stageOf, unitName: names.name, ticked, onTick: foot.show, editable: live && group.tellings.length > 1,
      moveOut: (telling) => splitOff(group, [telling], redraw),
    }, marks, (chosen) => { marks = chosen; go({ marks: chosen === "shared" ? null : chosen }, "replace"); drawTexts(); }));
  };
  const stages: Record<Stage, number> = { closed: 0, answered: 0, open: 0, late: 0 };
  for (const telling of group.tellings) stages[stageOf(telling)] += 1;

  document.title = `${group.title} · 诉求组 · 归口`;
  const merge = () => mergeWith(group, redraw);
  const last = [...group.acts].reverse().find((act) => undoable(act));
  const stood = place.contains(document.activeElement) ? cardsOf(place).findIndex((one) => one.contains(document.activeElement)) : null;
  replace(place,
    el("header", { class: "group-head" },
      el("a", { class: "back no-print", href: address({ id: null, as: null, marks: null }) }, icon("back"), "诉求组"),
      cameFrom(from),
      el("div", { class: "title-row" },
        el("h1", { tabindex: "-1" }, group.title),
        el("div", { class: "group-tools no-print" },
          live && el("button", { type: "button", class: "main", onclick: merge, "aria-keyshortcuts": "m" }, icon("merge"), "并入另一组"),
          last && el("button", { type: "button", class: "quiet", onclick: () => undoAct(group, last, redraw), "aria-keyshortcuts": "u" }, icon("undo"), "撤销上次"),
          el("button", { type: "button", class: "quiet", onclick: () => void copyAddress(group.id) }, icon("link"), "复制链接"),
          el("button", { type: "button", class: "quiet", onclick: () => print() }, icon("print"), "打印"),
          downloadLinks("/v1/complaints", { issue: group.id }))),
      el("p", { class: "about" }, alertChips(around.alerts, group), about(group, names.path(group.category)))),
    live ? figures(group, around.heat, stages) : gone(group),
    live && el("div", { class: "overview" },
      timeline(group, stageOf),
      el("div", { class: "aside" }, around.report && units(around.report), people(group.tellings, stageOf))),
    live && said,
    log(group, around.outside, (act) => undoAct(group, act, redraw)),
    foot.bar);
  drawTexts();
  if (stood !== null) (cardsOf(place)[Math.min(stood, group.tellings.length - 1)] ?? place.querySelector("h1"))?.focus({ preventScroll: true });
  keys(place, { merge: live ? merge : null, split: () => { if (chosen().length > 0) splitOff(group, chosen(), redraw); else notice("先用 x 选中要拆出的案件", { tone: "warn" }); },
    undo: () => { if (last) undoAct(group, last, redraw); } });
}

/** What stands around a group; heat, alerts and units are left out where they cannot be read. */
async function surroundings(group: GroupBody): Promise<Around> {
  const from = day(group.first_at);
  const inside = new Set(group.tellings.map((telling) => telling.case));
  const left = [...new Set(group.acts.flatMap((act) => [...act.cases, ...((act.reason as Reason).cases ?? [])]))].filter((id) => !inside.has(id));
  const others = [...new Set(group.acts.flatMap((act) => [act.issue, act.other ?? group.id]))].filter((id) => id !== group.id);
  const [cases, heat, alerts, report, outside, titles] = await Promise.all([
    readCases(group.id),
    readHeat({ issue: group.id, from }).catch(() => new Map<string, Heat>()),
    readAlerts({ issue: group.id }).catch(() => new Map<string, Alert[]>()),
    readUnits(group.id, from).catch(() => null),
    readNames(left),
    readTitles(others),
  ]);
  return { cases, heat: heat.get(group.id), alerts: alerts.get(group.id) ?? [], report, outside: new Map([...outside, ...titles]) };
}

/** The bar at the foot while cases are ticked. */
function selection(group: GroupBody, ticked: Set<string>, split: () => void, clear: () => void): { bar: HTMLElement; show: () => void } {
  const text = el("span", {});
  const act = el("button", { type: "button", class: "main", onclick: split, "aria-keyshortcuts": "s" }, icon("split"), "拆出所选");
  const bar = el("div", { class: "selection no-print", role: "status", hidden: true }, text, act,
    el("button", { type: "button", class: "quiet", onclick: clear }, "取消选择"));
  const show = () => {
    bar.hidden = ticked.size === 0;
    act.disabled = ticked.size >= group.tellings.length;
    text.textContent = `已选 ${ticked.size} / ${group.tellings.length} 件${act.disabled ? "，不能拆出全部" : ""}`;
  };
  return { bar, show };
}

function gone(group: GroupBody): HTMLElement {
  return el("section", { class: "state" },
    el("p", { class: "state-title" }, group.into_issue ? "本组已并入别组" : "本组已解散"),
    group.into_issue && el("p", {}, el("a", { href: `/issues?id=${group.into_issue}` }, "去看并入的那一组")),
    closedNote());
}

const cardsOf = (place: HTMLElement) => [...place.querySelectorAll<HTMLElement>(".telling")].filter((one) => one.checkVisibility());

function keys(place: HTMLElement, acts: { merge: (() => void) | null; split: () => void; undo: () => void }): void {
  const cards = () => cardsOf(place);
  const at = () => cards().findIndex((one) => one.contains(document.activeElement));
  const move = (by: number) => {
    const all = cards();
    const to = all[Math.min(all.length - 1, Math.max(0, at() < 0 ? 0 : at() + by))];
    to?.focus();
    to?.scrollIntoView({ block: "nearest" });
  };
  const here = (what: string) => cards()[at()]?.querySelector<HTMLElement>(what);
  key("j", "下一件", () => move(1));
  key("k", "上一件", () => move(-1));
  key("x", "选中或取消这一件", () => here(".tick")?.click());
  key("e", "看这一件的归组依据", () => here(".why-button")?.click());
  key("o", "打开这一件", () => here("a.name")?.click());
  key("f", "展开或收起几乎相同的", () => {
    const folds = [...place.querySelectorAll<HTMLDetailsElement>(".fold")];
    const open = folds.some((fold) => !fold.open);
    for (const fold of folds) fold.open = open;
  });
  key("s", "拆出所选", acts.split);
  if (acts.merge) key("m", "并入另一组", acts.merge);
  key("u", "撤销上次变更", acts.undo);
  key("b", "回到诉求组列表", () => place.querySelector<HTMLElement>(".back")?.click());
}
