// 概况: how the survey was made, what it asked, what is wrong with its file.

import { type Child, el } from "../../base/dom.ts";
import { count, moment, percent } from "../../base/format.ts";
import { table } from "../../base/table.ts";
import { card, fact, facts } from "../../base/text.ts";
import { behind } from "./behind.ts";
import { checklistCard } from "./checklist.ts";
import { type Answered, KINDS, type Whole, isAsked, questions } from "./data.ts";

/** Draws the tab. */
export function overview(one: Whole): HTMLElement {
  const { survey } = one;
  const open = new Set(questions(survey).filter(({ kind }) => kind === "open").map(({ id }) => id));
  const unread = questions(survey).filter(({ kind }) => !isAsked(kind));
  return el("div", { class: "stack" },
    facts(
      fact("答卷", count(one.respondents), survey.invited ? `发放 ${count(survey.invited)} 份` : "没有填发放份数"),
      fact("回收率", percent(one.response_rate)),
      fact("封闭题", count(one.closed_questions)),
      fact("开放题", count(one.open_questions), `答案 ${count(one.open_answers)} 条`)),
    caveat(one.caveat),
    el("div", { class: "columns" },
      card("怎样做的", el("dl", { class: "pairs" }, method(one).map(([name, value]) => value && [el("dt", {}, name), el("dd", {}, value)]))),
      checklistCard(one.checklist)),
    el("section", { class: "card", "aria-label": "各题" }, table<Answered>({
      caption: "问了什么，各题回答了多少份", rows: one.answered, dense: true,
      columns: [
        { key: "id", name: "题号", cell: (row) => row.question },
        { key: "text", name: "题目", wide: true, cell: (row) => el("a", { href: `/surveys?id=${one.id}&tab=${open.has(row.question) ? "open" : "closed"}${open.has(row.question) ? "" : `&q=${row.question}`}` }, row.text) },
        { key: "kind", name: "题型", cell: (row) => row.kind },
        { key: "answered", name: "回答", number: true, cell: (row) => el("a", { href: behind({ question: row.question }), class: "cases" }, count(row.answered)), sort: (row) => row.answered },
        { key: "blank", name: "未答", number: true, cell: (row) => count(row.blank), sort: (row) => row.blank },
      ],
    }), unread.length > 0 && el("p", { class: "note" }, `另有 ${unread.map(({ text, id, kind }) => `${text || id}（${KINDS[kind]}）`).join("、")}；个人信息的列已丢弃，没有读。`)));
}

/** The sentence that goes with every figure. */
export const caveat = (said: string | null | undefined): Child => said && el("p", { class: "caveat", role: "note" }, said);

function method({ survey, sampling, created_at, file }: Whole): [string, Child][] {
  return [
    ["主办单位", survey.organiser], ["实施单位", survey.fielded_by], ["调查目的", survey.purpose], ["调查对象", survey.population], ["抽样框", survey.frame],
    ["受访者怎样产生", sampling], ["抽取办法", survey.selection], ["调查方式", survey.mode], ["调查时间", survey.period],
    ["总体评价题", survey.overall], ["加权", survey.margin?.length ? survey.margin.map((margin) => `${margin.question}（${margin.source}）`).join("、") : "不加权"],
    ["提交", moment(created_at)], ["答卷文件", el("code", { title: "文件的 SHA-256" }, file.slice(0, 16), "…")],
  ];
}
