// 封闭题: each question with shares and intervals, satisfaction on both bases, and crossed with a background question.

import { type Query, TABLES, downloadLinks, get } from "../../base/api.ts";
import { type Child, el, replace } from "../../base/dom.ts";
import { count, percent, rate, signed } from "../../base/format.ts";
import { block, empty, working } from "../../base/notice.ts";
import { go, onState, state } from "../../base/state.ts";
import { chip } from "../../base/text.ts";
import { barTable, fewMark, intervalOf } from "./bars.ts";
import { behind } from "./behind.ts";
import { crossTable } from "./cross.ts";
import { type Closed, type Figures, KINDS, type Mean, type Nps, type OptionPart, type Satisfied, type Whole, questions } from "./data.ts";
import { caveat } from "./overview.ts";
import { changesCard, driversCard, satisfactionChart, weightingCard } from "./relations.ts";

/** Draws the tab. */
export function closedTab(one: Whole): HTMLElement {
  if (one.closed_questions === 0) return empty("这次调查没有封闭题", el("p", {}, "开放题见“开放题”一栏。"));
  const place = el("div", { class: "stack" });
  const path = `/v1/surveys/${one.id}/figures`;
  let shown = "";
  const draw = (): void => {
    const now = state();
    const query = { by: now.get("by"), weighted: now.get("weighted") === "false" ? false : null };
    const wanted = JSON.stringify(query);
    if (wanted === shown || now.get("id") !== one.id || now.get("tab") !== "closed") return;
    shown = wanted;
    void working(place, async () => replace(place, sheet(one, await get<Figures>(path, query), path, query)), [block(700)]);
  };
  onState(draw);
  draw();
  return el("div", { class: "stack" }, controls(one), place);
}

function controls({ survey }: Whole): HTMLElement {
  const backgrounds = questions(survey).filter(({ kind }) => kind === "background");
  const weighted = (survey.margin ?? []).length > 0 || questions(survey).some(({ kind }) => kind === "weight");
  const by: HTMLSelectElement = el("select", { id: "cross-by", onchange: () => go({ by: by.value || null }) },
    el("option", { value: "" }, "不交叉"), backgrounds.map(({ id, text }) => el("option", { value: id }, `${id} ${text}`)));
  const box: HTMLInputElement = el("input", { type: "checkbox", id: "weighted", onchange: () => go({ weighted: box.checked ? null : "false" }) });
  const read = (): void => { by.value = state().get("by") ?? ""; box.checked = state().get("weighted") !== "false"; };
  onState(read);
  read();
  return el("div", { class: "filters open no-print" },
    el("div", { class: "field" }, el("label", { for: by.id }, "按背景题交叉"), by),
    weighted && el("div", { class: "row" }, box, el("label", { for: box.id }, "按总体构成加权")));
}

function sheet(one: Whole, figures: Figures, path: string, query: Query): Child {
  const jump = state().get("q");
  const cards = figures.questions.map((closed) => questionCard(one, figures, closed));
  if (jump) requestAnimationFrame(() => document.getElementById(`q-${jump}`)?.scrollIntoView({ block: "start" }));
  return [
    caveat(figures.caveat),
    el("div", { class: "row" },
      el("p", { class: "note" }, `答卷 ${count(figures.respondents)} 份；区间为 95% 威尔逊区间；不足 30 份的只列数、不解读，不足 5 份的不显示。`),
      el("span", { class: "with-name push no-print" }, "全部封闭题", downloadLinks(path, query, TABLES))),
    satisfactionChart(figures),
    el("nav", { class: "question-nav no-print", "aria-label": "题目" }, figures.questions.map(({ question, text }) => el("a", { href: `#q-${question}`, title: text }, question))),
    el("div", { class: "questions" }, cards),
    driversCard(figures), changesCard(figures), weightingCard(figures),
  ];
}

function questionCard(one: Whole, figures: Figures, closed: Closed): HTMLElement {
  const cross = figures.cross.find(({ question }) => question === closed.question);
  const title = closed.matrix ? `${closed.matrix} — ${closed.text}` : closed.text;
  return el("section", { class: "card question", id: `q-${closed.question}`, "aria-labelledby": `h-${closed.question}` },
    el("header", { class: "question-head" },
      el("h2", { id: `h-${closed.question}` }, el("span", { class: "soft" }, closed.question), " ", title),
      chip(KINDS[closed.kind]), fewMark(closed.few),
      el("p", { class: "note" }, `回答 ${count(closed.answered)} 份，未答 ${count(closed.blank)} 份${Math.abs(closed.effective - closed.answered) > 0.5 ? `；加权后相当于 ${count(closed.effective)} 份` : ""}`)),
    summary(closed),
    options(closed),
    cross && crossTable(one, cross));
}

function summary({ satisfaction, mean, nps }: Closed): Child {
  const told = [satisfaction && satisfied(satisfaction), mean && average(mean), nps && promoters(nps)].filter(Boolean);
  return told.length > 0 && el("dl", { class: "fact-row tight" }, told);
}

const told = (name: string, value: Child, note: Child): HTMLElement => el("div", { class: "fact" }, el("dt", {}, name), el("dd", {}, el("b", {}, value), el("small", {}, note)));
const within = (share: { low?: number | null; high?: number | null }): string => (intervalOf(share) ? `95% 区间 ${intervalOf(share)}` : "");

function satisfied({ of_expressed, of_answered, missing }: Satisfied): Child[] {
  return [
    of_expressed ? told("满意率（以表了态的为底）", percent(of_expressed.share), [`${count(of_expressed.count)} / ${count(of_expressed.base)} 份 `, within(of_expressed), fewMark(of_expressed.few)]) : told("满意率（以表了态的为底）", "—", "不显示"),
    of_answered ? told("满意率（未表态计入底数）", percent(of_answered.share), [`${count(of_answered.count)} / ${count(of_answered.base)} 份 `, within(of_answered)]) : null,
    missing ? told("未表态", percent(missing.share), [`${count(missing.count)} 份，不计入满意率`]) : null,
  ];
}

function average(mean: Mean): Child {
  const interval = typeof mean.low === "number" ? `95% 区间 ${rate(mean.low)}–${rate(mean.high)}` : "";
  return [
    told("均值", rate(mean.mean), [`${mean.least} 至 ${mean.most} 分，${count(mean.base)} 份${typeof mean.deviation === "number" ? `，标准差 ${rate(mean.deviation)} ` : "；有分值不显示，不给标准差和区间 "}`, interval, fewMark(mean.few)]),
    mean.top_two ? told("打最高两档的", percent(mean.top_two.share), [`${count(mean.top_two.count)} 份 `, within(mean.top_two)]) : null,
  ];
}

function promoters(nps: Nps): Child {
  const interval = typeof nps.low === "number" ? `95% 区间 ${signed(nps.low, 1)} 至 ${signed(nps.high, 1)}` : "";
  return [
    told("净推荐值", signed(nps.score, 1), [`推荐者占比减贬损者占比，${count(nps.base)} 份 `, interval, fewMark(nps.few)]),
    ...([["推荐者（9–10 分）", nps.promoters], ["中立者（7–8 分）", nps.passives], ["贬损者（0–6 分）", nps.detractors]] as const).map(([name, share]) =>
      told(name, percent(share.share), `${count(share.count)} 份`)),
  ];
}

/** Options as bars; those without an opinion stand apart at the end. */
function options(closed: Closed): HTMLElement {
  const multiple = closed.kind === "multiple";
  const apart = (part: OptionPart): boolean => part.missing;
  const ordered = [...closed.parts.filter((part) => !apart(part)), ...closed.parts.filter(apart)];
  return barTable({
    caption: `${closed.text}：各选项占回答了的人`, quiet: true, head: "选项",
    ...(multiple ? { extra: ["占选了的人", "占选择次数"] } : {}),
    bars: ordered.map((part) => ({
      name: part.option, share: part.share, tone: part.missing ? "soft" as const : part.favourable ? "good" as const : undefined,
      mark: part.missing ? [" ", chip("未表态，另计")] : part.favourable ? [" ", chip("算满意", "good")] : null,
      address: part.share ? behind({ question: closed.question, option: part.option }) : null,
      ...(multiple ? { extra: [percent(part.of_choosers), percent(part.of_ticks)] } : {}),
    })),
  });
}
