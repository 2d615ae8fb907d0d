// 开放题结果: themes by the share of respondents, attitudes, sub-themes, quotes of either mind, copies.

import { TABLES, downloadLinks, get, taxonomy } from "../../base/api.ts";
import { chart } from "../../base/chart.ts";
import { type Child, el, icon, replace, svg } from "../../base/dom.ts";
import { count, percent } from "../../base/format.ts";
import { block, empty, working } from "../../base/notice.ts";
import { go, onState, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { card, chip } from "../../base/text.ts";
import { barTable, fewMark, intervalOf } from "./bars.ts";
import { behind } from "./behind.ts";
import { type Attitudes, type Flood, NONE, OFF, SENTIMENTS, type Sentiment, type Share, type ThemeFigures, type ThemeRow, type Whole, questions } from "./data.ts";
import { caveat } from "./overview.ts";
import { whiskers } from "./relations.ts";

/** Draws the figures of the themes last signed. */
export function themeFigures(one: Whole): HTMLElement {
  const place = el("div", { class: "stack" });
  const open = questions(one.survey).filter(({ kind }) => kind === "open");
  const select: HTMLSelectElement = el("select", { id: "open-question", onchange: () => go({ oq: select.value || null }) },
    el("option", { value: "" }, "各开放题合计"), open.map(({ id, text }) => el("option", { value: id }, `${id} ${text}`)));
  let shown: string | null = null;
  const draw = (): void => {
    const question = state().get("oq") ?? "";
    select.value = question;
    if (question === shown || state().get("tab") !== "open") return;
    shown = question;
    void working(place, async () => replace(place, sheet(await get<ThemeFigures>(`/v1/surveys/${one.id}/themes/figures`, { question }))), [block(600)]);
  };
  onState(() => { if (place.isConnected) draw(); });
  draw();
  return el("div", { class: "stack" }, open.length > 1 && el("div", { class: "filters open no-print" }, el("div", { class: "field" }, el("label", { for: select.id }, "哪一题"), select)), place);
}

function sheet(figures: ThemeFigures): Child {
  const shown = figures.themes.filter((row): row is ThemeRow & { share: Share } => Boolean(row.share));
  if (figures.themes.length === 0) return empty("没有主题", el("p", {}, "签认的主题表里没有主题，请到“主题表和签认”增加。"));
  return [
    caveat(figures.caveat),
    el("div", { class: "row" },
      el("p", { class: "note" }, `答了开放题的 ${count(figures.respondents)} 人，计数的答案 ${count(figures.answers)} 条；雷同的 ${count(figures.copies)} 条只计一次。按人计：一人说到几个主题，各计一次，占比之和可超过 100%。第 ${figures.version} 版主题表。`),
      downloads(figures)),
    shown.length > 0 && chart({
      title: "说到各主题的人（占答了开放题的）", summary: `说得最多的是“${shown[0]!.name}”，${percent(shown[0]!.share.share)} 的人说到${intervalOf(shown[0]!.share) ? `；须线是 95% 区间` : ""}。`,
      height: 50 + shown.length * 32, option: () => whiskers(shown),
      table: () => barTable({ caption: "说到各主题的人", unit: "人数", head: "主题", bars: shown.map((row) => ({ name: row.name, share: row.share, address: answersOf(figures, { theme: row.code }) })) }),
      onClick: ({ dataIndex }) => { const row = shown[dataIndex]; if (row) go(Object.fromEntries(new URLSearchParams(answersOf(figures, { theme: row.code }).split("?")[1])), "push"); },
    }),
    legend(),
    ...shown.map((row) => theme(figures, row)), rare(figures.themes.filter(({ share }) => !share)),
    apart(figures), floods(figures.floods),
  ];
}

const downloads = ({ survey, question }: ThemeFigures): HTMLElement =>
  el("span", { class: "with-name push no-print" }, "各主题", downloadLinks(`/v1/surveys/${survey}/themes/figures`, { question }, TABLES));

const answersOf = (figures: ThemeFigures, asked: { theme?: string; sentiment?: string }): string => behind({ ...(figures.question ? { question: figures.question } : {}), ...asked });

function theme(figures: ThemeFigures, row: ThemeRow & { share: Share }): HTMLElement {
  const { share, sentiment } = row;
  return el("section", { class: "card theme", "aria-labelledby": `theme-${row.code}` },
    el("header", { class: "theme-head" },
      el("h2", { id: `theme-${row.code}` }, row.name, " ", el("code", { class: "soft" }, row.code)),
      el("p", { class: "theme-share" }, el("b", {}, percent(share.share)), " 的人说到",
        el("small", {}, " ", el("a", { href: answersOf(figures, { theme: row.code }), class: "cases" }, `${count(share.count)} 人`), ` / ${count(share.base)}`, intervalOf(share) && `，95% 区间 ${intervalOf(share)}`), " ", fewMark(share.few)),
      row.category && hotline(row.category)),
    row.description && el("p", { class: "note" }, row.description),
    sentiment && attitudes(figures, row, sentiment),
    row.sub.length > 0 && el("details", { open: true }, el("summary", {}, `子主题 ${row.sub.length} 个`),
      barTable({ caption: `${row.name}的子主题`, quiet: true, unit: "人数", head: "子主题", bars: row.sub.map((sub) => ({ name: sub.name, share: sub.share, address: answersOf(figures, { theme: sub.code }) })) })),
    quotes(row));
}

/** Themes that fewer than five told: by name, without numbers. */
function rare(rows: ThemeRow[]): Child {
  return rows.length > 0 && card("不足 5 人说到的", el("p", { class: "note" }, "不列人数和态度；可到“主题表和签认”里并入别的主题。"),
    el("ul", { class: "rare" }, rows.map((row) => el("li", {}, el("h3", {}, row.name, " ", el("code", { class: "soft" }, row.code)), quotes(row)))));
}

/** The category of the hotline that a person confirmed. */
function hotline(code: string): HTMLElement {
  const name = el("span", {}, code);
  void taxonomy().then((all) => replace(name, all.name(code))).catch(() => undefined);
  return el("a", { class: "chip on", href: `/figures?category=${code}` }, icon("link"), "热线同类诉求：", name);
}

const ORDER: Sentiment[] = ["negative", "mixed", "neutral", "positive"];

/** A band of four attitudes; each count leads to its answers. */
function attitudes(figures: ThemeFigures, row: ThemeRow, of: Attitudes): HTMLElement {
  const total = row.share?.count || 1;
  let from = 0;
  const band = svg("svg", { class: "attitude-band", viewBox: "0 0 400 12", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" }, ORDER.map((one) => {
    const width = ((of[one] ?? 0) / total) * 400;
    const rect = svg("rect", { class: one, x: from, y: 0, width: Math.max(0, width - 1), height: 12 });
    from += width;
    return width > 0 && rect;
  }));
  return el("div", { class: "attitudes" }, band,
    el("ul", {}, ORDER.map((one) => el("li", {}, el("i", { class: one, "aria-hidden": "true" }), `${SENTIMENTS[one]} `,
      typeof of[one] !== "number" ? el("span", { title: "不足 5 人，或会推出不足 5 人的数，不显示" }, count(null)) : of[one] > 0 ? el("a", { href: answersOf(figures, { theme: row.code, sentiment: one }), class: "cases" }, count(of[one])) : "0")), el("li", { class: "soft" }, `批评的占 ${percent(of.critical)}`)));
}

function legend(): HTMLElement {
  return el("p", { class: "note" }, "态度由程序判断：否定、有褒有贬合为“批评的”；中性是平心的建议或没有表态。原话已去标识，“不同看法”与这一主题多数人的态度相反。");
}

function quotes({ quotes: all }: ThemeRow): Child {
  return all.length > 0 && el("ul", { class: "quotes", "aria-label": "原话" }, all.map(({ text, sentiment, dissent, answer }) => el("li", { class: dissent ? "dissent" : null },
    el("blockquote", {}, text), el("p", { class: "chips" }, chip(SENTIMENTS[sentiment], sentiment === "negative" ? "bad" : sentiment === "positive" ? "good" : "calm"), dissent && chip("不同看法", "tell"), el("span", { class: "soft" }, `${answer.question} #${answer.respondent}`)))));
}

function apart(figures: ThemeFigures): Child {
  const rows = ([["没有意见，或看不出意见", figures.none, NONE], ["说的是别的事", figures.off, OFF]] as const).filter(([, share]) => share);
  return rows.length > 0 && card("不在主题里的", barTable({ caption: "不在主题里的答案", quiet: true, unit: "人数", head: "说的什么", bars: rows.map(([name, share, code]) => ({ name, share: share!, tone: "soft" as const, address: answersOf(figures, { theme: code! }) })) }));
}

function floods(all: Flood[]): Child {
  return all.length > 0 && card("雷同答卷", el("p", { class: "note" }, "几乎一字不差的答案，可能是一人多填或统一口径；计数时只算一次。"), table<Flood>({
    caption: "雷同答卷", quiet: true, rows: all, dense: true,
    columns: [
      { key: "question", name: "题号", cell: (row) => row.question }, { key: "size", name: "份数", number: true, cell: (row) => count(row.size), sort: (row) => row.size },
      { key: "minutes", name: "前后相隔", number: true, cell: (row) => (typeof row.minutes === "number" ? `${count(row.minutes)} 分钟` : "—"), sort: (row) => row.minutes },
      { key: "likeness", name: "最低相似度", number: true, cell: (row) => percent(row.likeness), sort: (row) => row.likeness },
      { key: "who", name: "答卷序号", wide: true, cell: (row) => row.respondents.map((one) => `#${one}`).join("、") },
    ],
  }));
}
