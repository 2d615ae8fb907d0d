// Many cases at once: what will happen is shown first, every failure is named, and all of it can be undone.

import type { Taxonomy } from "../../base/api.ts";
import { dialog } from "../../base/dialog.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { count, percent } from "../../base/format.ts";
import { notice, words } from "../../base/notice.ts";
import { table } from "../../base/table.ts";
import { bar } from "../../base/text.ts";
import { type Case, decisionChip, heading, isProtected } from "../cases/words.ts";
import { accept, type Done, read } from "./acts.ts";

const AT_ONCE = 4;
const FIRST = 10;

type Failure = { case: Case; why: string };
type Plan = { goes: Case[]; stays: { why: string; cases: Case[] }[] };

/** What may be dispatched without looking, and what may not. */
function plan(cases: Case[]): Plan {
  const rules: [string, (one: Case) => boolean][] = [
    ["紧急转接，须逐件核实", (one) => one.decision === "transfer_emergency"],
    ["告知渠道，不是派单", (one) => one.decision === "redirect"],
    ["举报人须保护，须逐件看", isProtected],
    ["没有建议单位", (one) => !one.unit],
    ["不在待派", (one) => one.status !== "accepted"],
  ];
  const stays = rules.map(([why]) => ({ why, cases: [] as Case[] }));
  const goes: Case[] = [];
  for (const one of cases) {
    const rule = rules.findIndex(([, holds]) => holds(one));
    if (rule < 0) goes.push(one); else stays[rule]!.cases.push(one);
  }
  return { goes, stays: stays.filter(({ cases: some }) => some.length > 0) };
}

/** Opens the preview; `changed` hears when something was done or undone. */
export function bulk(cases: Case[], names: Taxonomy, changed: () => void): void {
  const { goes, stays } = plan(cases);
  const body = el("div", { class: "stack bulk" });
  const { node, close } = dialog({ title: `批量采纳：${count(cases.length)} 件`, body, wide: true });
  let stopped = false;
  node.addEventListener("close", () => { stopped = true; });
  const go = el("button", { type: "button", class: "main", onclick: () => void run() }, icon("check"), `派出 ${count(goes.length)} 件`);
  go.disabled = goes.length === 0;
  replace(body,
    el("p", { class: "bulk-what" }, goes.length === 0 ? "所选案件都不能批量派单。" : [
      "将逐件采纳建议，派给 ", el("b", {}, count(new Set(goes.map((one) => one.unit!.name)).size)), " 个单位，共 ", el("b", {}, count(goes.length)),
      " 件；每件记一条“采纳”反馈，不算审定，不用于训练。派出后可整批撤销，已签收的除外。"]),
    stays.length > 0 && el("ul", { class: "bulk-stays" }, stays.map(({ why, cases: some }) =>
      el("li", {}, icon("warn"), `${count(some.length)} 件不在内：${why}`))),
    goes.length > 0 && el("div", { class: "pair" },
      spread("按单位", goes, (one) => one.unit?.name ?? "—"), spread("按分类", goes, (one) => names.path(one.category?.code))),
    goes.length > 0 && table<Case>({
      caption: `前 ${count(Math.min(FIRST, goes.length))} 件`, dense: true, rows: goes.slice(0, FIRST),
      columns: [
        { key: "what", name: "诉求", wide: true, cell: (one) => heading(one).slice(0, 60) },
        { key: "category", name: "分类", cell: (one) => one.category?.name ?? "—" },
        { key: "unit", name: "派给", cell: (one) => one.unit?.name ?? "—" },
        { key: "decision", name: "建议", cell: (one) => decisionChip(one.decision) },
      ],
    }),
    el("p", { class: "dialog-foot" }, el("button", { type: "button", class: "quiet", onclick: close }, "取消"), go));
  if (goes.length > 0) go.focus();

  async function run(): Promise<void> {
    const done: Done[] = [];
    const failures: Failure[] = [];
    const meter = el("progress", { max: goes.length, value: 0, "aria-label": "进度" });
    const said = el("p", { role: "status", "aria-live": "polite" }, "开始派单");
    const stop = el("button", { type: "button", class: "quiet", onclick: () => { stopped = true; stop.disabled = true; } }, "停下");
    stopped = false;
    replace(body, said, meter, el("p", { class: "dialog-foot" }, stop));
    stop.focus();
    const rest = [...goes];
    const worker = async (): Promise<void> => {
      for (let one = rest.shift(); one && !stopped; one = rest.shift()) {
        try {
          done.push(await accept(await read(one.id), false));
        } catch (error) {
          failures.push({ case: one, why: words(error) });
        }
        meter.value = done.length + failures.length;
        said.textContent = `已派 ${count(done.length)} / ${count(goes.length)} 件${failures.length > 0 ? `，${failures.length} 件没有派成` : ""}`;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    changed();
    result(done, failures, goes.length - done.length - failures.length);
  }

  function result(done: Done[], failures: Failure[], left: number): void {
    const undo = (): Promise<void> => undoAll(done, changed);
    const back = el("button", { type: "button", class: "quiet", onclick: async () => {
      back.disabled = true;
      try {
        await undo();
        close();
        notice(`已撤销 ${count(done.length)} 件`);
      } catch (error) {
        back.disabled = false;
        notice(words(error), { tone: "bad" });
      }
    } }, icon("undo"), `撤销全部 ${count(done.length)} 件`);
    const finish = el("button", { type: "button", class: "main", onclick: close }, "完成");
    replace(body,
      el("p", { class: "bulk-what", role: "status" }, `已派 ${count(done.length)} 件`, failures.length > 0 && `，${count(failures.length)} 件没有派成`,
        left > 0 && `，${count(left)} 件未及派出`, "。"),
      failures.length > 0 && table<Failure>({
        caption: "没有派成的", dense: true, rows: failures,
        columns: [
          { key: "what", name: "诉求", wide: true, cell: ({ case: one }) => el("a", { href: `/cases?id=${one.id}` }, heading(one).slice(0, 40)) },
          { key: "why", name: "原因", wide: true, cell: ({ why }) => why },
        ],
      }),
      el("p", { class: "dialog-foot" }, done.length > 0 && back, finish));
    finish.focus();
    if (done.length > 0) node.addEventListener("close", () => { if (!back.disabled) notice(`已批量派出 ${count(done.length)} 件`, { undo }); });
  }
}

/** Takes all back; says how many could not be. */
async function undoAll(done: Done[], changed: () => void): Promise<void> {
  const failed: string[] = [];
  for (const one of [...done].reverse()) {
    try {
      await one.undo();
    } catch (error) {
      failed.push(words(error));
    }
  }
  changed();
  if (failed.length > 0) throw new Error(`${failed.length} 件没有撤销：${failed[0]}`);
}

function spread(title: string, cases: Case[], by: (one: Case) => string): HTMLElement {
  const counts = new Map<string, number>();
  for (const one of cases) counts.set(by(one), (counts.get(by(one)) ?? 0) + 1);
  const rows = [...counts].sort((a, b) => b[1] - a[1]);
  const most = rows[0]?.[1] ?? 1;
  const line = ([name, n]: [string, number]): Child => el("li", {}, el("span", { class: "label" }, name), bar(n / most),
    el("span", { class: "pct" }, `${count(n)} 件 ${percent(n / cases.length)}`));
  return el("section", {}, el("h3", {}, title), el("ul", { class: "bars" }, rows.slice(0, 8).map(line)),
    rows.length > 8 && el("p", { class: "note" }, `另有 ${count(rows.length - 8)} 类，共 ${count(rows.slice(8).reduce((sum, [, n]) => sum + n, 0))} 件`));
}
