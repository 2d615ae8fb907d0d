// All units: figures of the city, who stands apart from it, and the table of rates with their intervals.
import { casesLink, downloadLinks } from "../../base/api.ts";
import { el, replace } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { filterQuery } from "../../base/filters.ts";
import { count, percent, signed } from "../../base/format.ts";
import { block, empty, working } from "../../base/notice.ts";
import { address, go, onState, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import type { Column } from "../../base/table.ts";
import { fact, facts } from "../../base/text.ts";
import { FEW, FIELDS, GROUPS, MEASURES, TIERS, apart, axisFrom, days, difference, group, measureName, periodName, ratesOf, readBoth, tierName } from "./data.ts";
import type { Group, Measure, Rate, Report, Row } from "./data.ts";
import { axisMarks, cell, legend } from "./whisker.ts";

export type Both = { now: Report; before: Report | null };

/** Draws the tab, and again when the address asks for other figures. */
export function unitsTab(): HTMLElement {
  return follow((both) => [
    el("p", { class: "note period" }, `${periodName(both.now)} 受理的承办件，状态截至此刻`,
      both.before && `；上期为 ${periodName(both.before)}`, "。各率未到期、未表态的不计；按代码排列，不排名。"),
    cityFacts(both),
    apartFrom(both.now),
    choices(),
    figuresTable(both),
  ], () => [block(118), block(150), block(600)]);
}

/** A panel that reads both periods whenever the filters in the address change. */
export function follow(draw: (both: Both) => Child, skeleton: () => Child, also: string[] = ["level"]): HTMLElement {
  const place = el("div", { class: "stack" });
  let asked = "";
  let drawn = "";
  let both: Both | null = null;
  const read = () => {
    const [what, how] = [JSON.stringify([filterQuery(FIELDS), group()]), also.map((name) => state().get(name)).join("|")];
    if (what === asked && how === drawn) return;
    if (what === asked && both) {
      drawn = how;
      return replace(place, draw(both));
    }
    [asked, drawn, both] = [what, how, null];
    void working(place, async () => {
      const found = await readBoth(group());
      if (asked !== what) return;
      both = found;
      replace(place, found.now.total.assigned.cases === 0 ? nothing() : draw(found));
    }, skeleton());
  };
  // A tab that was left takes no part any more.
  let stood = false;
  onState(() => { stood ||= place.isConnected; if (place.isConnected || !stood) read(); });
  read();
  return place;
}

const nothing = (): HTMLElement => empty("这段时间没有承办件", el("p", {}, "放宽受理日期，或去掉分类、诉求类型、区县的限制。未派单、热线直接答复、不予受理的不是承办件。"));

/** Rows of the kind of unit the address asks for. */
export function shownRows(report: Report): Row[] {
  const level = state().get("level");
  const rows = report.rows.filter((row) => row.assigned.cases > 0 || row.returned.cases > 0);
  return report.group === "unit" && level ? rows.filter((row) => row.level === level) : rows;
}

function cityFacts({ now, before }: Both): HTMLElement {
  const { total } = now;
  return facts(
    fact("承办件", casesLink(total.assigned.link, count(total.assigned.cases)),
      before ? `上期 ${count(before.total.assigned.cases)}；办结 ${count(total.closed.cases)}` : `办结 ${count(total.closed.cases)}`),
    ...MEASURES.map(({ key, help }) => fact(el("abbr", { title: help }, measureName(key)), percent(total[key].rate), compared(total[key], before?.total[key]))),
    fact("超期未答", casesLink(total.answering.overdue.link, count(total.answering.overdue.cases)), ["逾期答复 ", casesLink(total.answering.late.link, count(total.answering.late.cases))]),
    fact("退单", casesLink(total.returned.link, count(total.returned.cases)), ["改派 ", casesLink(total.reassigned.link, count(total.reassigned.cases)), "，督办中 ", casesLink(total.supervised.link, count(total.supervised.cases))]));
}

/** Counts, and the difference from the previous period with whether it is more than chance. */
export function compared(now: Rate, before: Rate | undefined): Child {
  const counts = [casesLink(now.hits_link, count(now.hits)), "/", casesLink(now.of_link, count(now.of))];
  const change = before && difference(now, before);
  if (!change) return counts;
  return [counts, " · ", el("span", { class: change.sure ? (change.by > 0 ? "good-text" : "bad-text") : null,
    title: `差的 95% 区间 ${signed(change.low * 100, 1)} 至 ${signed(change.high * 100, 1)} 个百分点` },
  `较上期 ${signed(change.by * 100, 1)} 点${change.sure ? "" : "，在误差之内"}`)];
}

// ── who stands apart ────────────────────────────────────────────────────────────────────────────────────────────────

type Apart = { row: Row; measure: Measure; rate: Rate; gap: number };

/** Units whose whole interval lies on one side of the city's rate: the worst and the best that can be told apart. */
function apartFrom(report: Report): HTMLElement | null {
  const rows = shownRows(report);
  if (rows.length < 3) return null;
  const found = { below: [] as Apart[], above: [] as Apart[] };
  let looked = 0;
  for (const row of rows) {
    for (const { key } of MEASURES) {
      const rate = row[key];
      if (rate.of >= FEW) looked += 1;
      const side = apart(rate, report.total[key]);
      if (side) found[side].push({ row, measure: key, rate, gap: Math.abs(rate.rate! - report.total[key].rate!) });
    }
  }
  const list = (title: string, all: Apart[], tone: string) => el("div", { class: `apart ${tone}` },
    el("h3", {}, title),
    all.length === 0 ? el("p", { class: "note" }, "没有") : el("ul", {}, all.sort((a, b) => b.gap - a.gap).slice(0, 8).map((one) => apartLine(one, report))),
    all.length > 8 && el("p", { class: "note" }, `另有 ${all.length - 8} 项，见下表`));
  return el("section", { class: "card aparts", "aria-labelledby": "apart-title" },
    el("h2", { id: "apart-title" }, "与全市有明显差别的"),
    el("div", { class: "two" }, list("低于全市", found.below, "below"), list("高于全市", found.above, "above")),
    el("p", { class: "note caution" },
      `只列满 ${FEW} 件、95% 区间又整个落在全市值一侧的。件数少则区间宽，差得多也可能只是偶然，故不列；反之，所看 ${count(looked)} 项中，单凭偶然也会有 ${count(Math.max(1, Math.round(looked * 0.05)))} 项左右列出，宜看过案件再下结论。`));
}

function apartLine({ row, measure, rate }: Apart, report: Report): HTMLElement {
  return el("li", {},
    rowName(row, report.group), " ", el("span", { class: "soft" }, measureName(measure)), " ",
    el("b", {}, percent(rate.rate)), "（", casesLink(rate.hits_link, count(rate.hits)), "/", casesLink(rate.of_link, count(rate.of)), "）",
    el("small", { class: "soft" }, `区间 ${percent(rate.low)}–${percent(rate.high)}，全市 ${percent(report.total[measure].rate)}`));
}

/** A unit leads to its own page; other rows to the units within. */
export function rowName(row: Row, by: Group): Child {
  if (by === "unit") return el("a", { href: address({ unit: row.code, tab: null }) }, row.name);
  if (by === "level") return el("a", { href: address({ group: null, level: row.code }) }, row.name);
  if (row.code === "-") return row.name;
  return el("a", { href: address({ group: null, [by]: row.code }) }, row.name);
}

// ── the table ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** What rows are, and of what kind of unit. */
export function choices(): HTMLElement {
  const pressed = (name: string, code: string, fallback: string) => String((state().get(name) ?? fallback) === code);
  const button = (name: string, code: string, text: string, fallback: string) =>
    el("button", { type: "button", "aria-pressed": pressed(name, code, fallback), onclick: () => go({ [name]: code === fallback ? null : code }) }, text);
  return el("div", { class: "choices-row no-print" },
    el("span", { class: "note" }, "分行"), el("span", { class: "switch", role: "group", "aria-label": "按什么分行" }, GROUPS.map(([code, text]) => button("group", code, text, "unit"))),
    group() === "unit" && [el("span", { class: "note" }, "单位性质"),
      el("span", { class: "switch", role: "group", "aria-label": "单位性质" }, [["", "全部"] as const, ...TIERS].map(([code, text]) => button("level", code, text, "")))]);
}

function figuresTable({ now, before }: Both): HTMLElement {
  const rows = shownRows(now);
  const earlier = new Map(before?.rows.map((row) => [row.code, row]));
  const axis = { from: axisFrom(rows.flatMap(ratesOf)) };
  const columns = columnsOf(now, earlier, axis);
  const said = state().get("sort");
  const box = table<Row>({
    caption: `${GROUPS.find(([code]) => code === now.group)![1]}办理情况，${periodName(now)}`, quiet: true, rows, columns,
    ...(said ? { sort: { key: said.replace(/^-/, ""), down: !said.startsWith("-") } } : {}),
    onSort: ({ key, down }) => go({ sort: `${down ? "" : "-"}${key}` }, "replace"),
  });
  box.classList.add("figures-table");
  const heads = box.querySelectorAll("thead th");
  columns.forEach(({ key }, at) => { if (MEASURES.some((measure) => measure.key === key)) heads[at]!.append(axisMarks(axis)); });
  box.querySelector("table")!.append(el("tfoot", {}, el("tr", {}, columns.map((column, at) =>
    at === 0 ? el("th", { scope: "row" }, "全市合计") : el("td", { class: column.number ? "number" : null }, column.cell(now.total))))));
  return el("section", { class: "card figures-card", "aria-labelledby": "figures-title" },
    el("header", { class: "figures-head" },
      el("h2", { id: "figures-title" }, `${count(rows.length)} 个${GROUPS.find(([code]) => code === now.group)![1]}`), legend(before !== null),
      downloadLinks("/v1/departments", { ...filterQuery(FIELDS), group: now.group })),
    box);
}

function columnsOf(report: Report, earlier: Map<string, Row>, axis: { from: number }): Column<Row>[] {
  const link = (name: string, key: string, of: (row: Row) => { cases: number; link: string }, help?: string): Column<Row> => ({
    key, name, number: true, ...(help ? { help } : {}), sort: (row) => of(row).cases,
    cell: (row) => (of(row).cases > 0 ? casesLink(of(row).link, count(of(row).cases)) : el("span", { class: "soft" }, "0")),
  });
  return [
    { key: "name", name: GROUPS.find(([code]) => code === report.group)![1], sort: (row) => row.name, cell: (row) => [rowName(row, report.group),
      report.group === "unit" && el("small", { class: "tier" }, tierName(row.level))] },
    link("承办件", "assigned", (row) => row.assigned),
    ...MEASURES.map(({ key, name, help }): Column<Row> => ({
      key, name, help: `${help}。排序按率；不足 ${FEW} 件的区间宽`, sort: (row) => row[key].rate, number: true,
      cell: (row) => cell(row[key], axis, report.total[key].rate, row.code === "total" ? null : earlier.get(row.code)?.[key].rate),
    })),
    link("超期", "overdue", (row) => row.answering.overdue, "超期未答复；逾期答复的计入按时率"),
    link("退单", "returned", (row) => row.returned, "最后一次由它退回的"),
    link("督办", "supervised", (row) => row.supervised),
    { key: "days", name: "答复用时", number: true, help: "从最近一次派单到答复的工作日：中位数（第 90 百分位）", sort: (row) => row.working_days?.median,
      cell: (row) => (row.working_days ? [`${days(row.working_days.median)} `, el("small", { class: "soft" }, `(${days(row.working_days.p90)})`)] : "—") },
  ];
}
