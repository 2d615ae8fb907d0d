// 概况: how the survey was made, what it asked, what is wrong with its file.

import { downloadLinks, post } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { base64, fileButton } from "../../base/file.ts";
import { count, moment, percent } from "../../base/format.ts";
import { failure } from "../../base/notice.ts";
import { table } from "../../base/table.ts";
import { card, fact, facts } from "../../base/text.ts";
import { behind } from "./behind.ts";
import { checklistCard } from "./checklist.ts";
import { ACTOR, type Added, type Answered, KINDS, type Whole, isAsked, questions } from "./data.ts";

/** Draws the tab; `changed` hears when answers were added. */
export function overview(one: Whole, changed: () => void): HTMLElement {
  const place = el("div", {});
  const draw = (said: Child): void => replace(place, whole(one, files(one, (told) => { changed(); draw(told); }, said)));
  draw(null);
  return place;
}

/** What goes in and out as a file. */
function files(one: Whole, added: (said: Child) => void, said: Child): HTMLElement {
  const status = el("div", { role: "status" }, said);
  const take = async (file: File): Promise<void> => {
    replace(status, el("p", { class: "note" }, `正在读 ${file.name}、脱敏、保存……`));
    try {
      const done = await post<Added>(`/v1/surveys/${one.id}/answers`, { filename: file.name, file: base64(await file.arrayBuffer()), actor: ACTOR });
      Object.assign(one, done.survey);
      added(addedWords(one, done));
    } catch (error) {
      replace(status, failure(error));
    }
  };
  return card("文件",
    el("div", { class: "row" },
      fileButton([icon("add"), "补充答卷"], ".csv,.xlsx,.txt,.tsv", take),
      el("span", { class: "note" }, "照这次调查的问卷读；已有的答卷不重复保存，主题表和确认过的答案不变。"),
      el("span", { class: "with-name push" }, "问卷 survey.toml", downloadLinks(`/v1/surveys/${one.id}`, {}, ["toml"]))),
    status);
}

function addedWords(one: Whole, { added, standing }: Added): Child {
  return el("div", { class: "cite-told good" }, icon("check"), el("div", {},
    el("p", {}, `补充了 ${count(added)} 份答卷${standing > 0 ? `，已有的 ${count(standing)} 份没有重复保存` : ""}；现共 ${count(one.respondents)} 份。`),
    one.themes === "signed" && one.unmapped > 0 && el("p", {}, `其中 ${count(one.unmapped)} 条开放题答案还没有归类：`, el("a", { href: `/surveys?id=${one.id}&tab=open&view=frame` }, "补充新主题或重新签认"), "。")));
}

function whole(one: Whole, paper: Child): HTMLElement {
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
    paper,
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
