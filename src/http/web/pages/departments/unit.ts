// One unit: its rates against itself before, its kind and the city; volumes, kinds of matters, returns, what it owes.
import { casesLink, downloadLinks, get, taxonomy } from "../../base/api.ts";
import type { Schema, Taxonomy } from "../../base/api.ts";
import { chart, palette } from "../../base/chart.ts";
import { dayName, ground, groundSaid } from "../../base/days.ts";
import { el, icon, replace } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { filterBar, filterQuery } from "../../base/filters.ts";
import { count, day, percent } from "../../base/format.ts";
import { key } from "../../base/keys.ts";
import { block, empty, lines, working } from "../../base/notice.ts";
import { address, onState, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { bar, chip, fact, facts } from "../../base/text.ts";
import { FEW, FIELDS, MEASURES, apart, axisFrom, days, earlier, measureName, periodName, tierName } from "./data.ts";
import type { Rate, Row } from "./data.ts";
import { overdue, supervisionTable } from "./supervision.ts";
import { compared } from "./units.ts";
import { axisMarks, cell, figure, legend, whisker } from "./whisker.ts";

type Unit = Schema<"DepartmentReport">;
type Around = { now: Unit; before: Unit | null; city: Row | null; kind: Row | null; volumes: Schema<"Volumes"> | null; late: Schema<"Page">; names: Taxonomy };

/** Draws one unit for the period and filters of the address. */
export function showUnit(root: HTMLElement, code: string): void {
  const place = el("div", { class: "stack" });
  const head = el("header", { class: "page-head" }, el("h1", {}, code));
  void taxonomy().then((names) => { if (head.childElementCount === 1) replace(head, el("h1", {}, names.name(code))); }).catch(() => undefined);
  const back = el("a", { class: "back no-print", href: address({ unit: null }) }, icon("back"), "全部单位");
  replace(root, back, head, filterBar({ fields: FIELDS }), place);
  key("b", "回到全部单位", () => back.click());
  let asked = "";
  const read = () => {
    back.setAttribute("href", address({ unit: null }));
    const query = filterQuery(FIELDS);
    if (JSON.stringify(query) === asked) return;
    asked = JSON.stringify(query);
    const mine = asked;
    void working(place, async () => {
      const around = await everything(code, query);
      if (mine !== asked) return;
      replace(head, headOf(around.now));
      replace(place, drawn(around));
      document.title = `${around.now.figures.name} · 办理 · 归口`;
    }, el("div", { class: "stack" }, lines(2), block(110), block(240), block(320)));
  };
  onState(() => { if (place.isConnected && state().get("unit") === code) read(); });
  read();
}

async function everything(code: string, query: ReturnType<typeof filterQuery>): Promise<Around> {
  const path = `/v1/departments/${encodeURIComponent(code)}`;
  const [now, names] = await Promise.all([get<Unit>(path, query), taxonomy()]);
  const former = earlier(now);
  const period = { ...query, from: query.from ?? now.from ?? null, to: query.to ?? now.to ?? null };
  const length = now.from && now.to ? (new Date(now.to).getTime() - new Date(now.from).getTime()) / 86_400_000 : 30;
  const [before, kinds, volumes, late] = await Promise.all([
    former && get<Unit>(path, { ...query, ...former }).catch(() => null),
    get<Schema<"Departments">>("/v1/departments", { ...query, group: "level" }).catch(() => null),
    get<Schema<"Volumes">>("/v1/volumes", { ...period, department: code, by: length > 92 ? "week" : "day" }).catch(() => null),
    get<Schema<"Page">>("/v1/complaints", { ...period, last_unit: code, answered: "overdue", page_size: 100 }),
  ]);
  return { now, before, names, volumes, late, city: kinds?.total ?? null, kind: kinds?.rows.find((row) => row.code === now.figures.level) ?? null };
}

function headOf(now: Unit): Child {
  const { figures } = now;
  return [el("h1", {}, figures.name), figures.level && chip(tierName(figures.level)),
    el("span", { class: "note" }, `${periodName(now)} 受理，状态截至此刻`),
    el("span", { class: "push row no-print" },
      el("a", { class: "quiet", href: `/cases?last_unit=${figures.code}&assigned=true` }, "全部承办案件"),
      el("button", { type: "button", class: "quiet", onclick: () => print() }, icon("print"), "打印"),
      downloadLinks(`/v1/departments/${figures.code}`, filterQuery(FIELDS)))];
}

function drawn(around: Around): Child {
  const { now, names } = around;
  const { figures } = now;
  if (figures.assigned.cases === 0 && figures.returned.cases === 0) return [empty("这段时间没有承办件", el("p", {}, "放宽受理日期，或去掉其他筛选。")), supervised(now)];
  const owed = { last_unit: figures.code, answered: "overdue", ...clean(filterQuery(FIELDS)), ...(now.from ? { from: now.from } : {}), ...(now.to ? { to: now.to } : {}) };
  return [
    unitFacts(around),
    rates(around),
    el("div", { class: "two-wide" }, around.volumes && volumes(around.volumes, figures), returns(now)),
    categories(around),
    overdue(around.late.items, owed, names, Boolean(around.late.next_cursor), false),
    supervised(now),
  ];
}

const clean = (query: ReturnType<typeof filterQuery>): Record<string, string> =>
  Object.fromEntries(Object.entries(query).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));

function unitFacts({ now, before }: Around): HTMLElement {
  const { figures } = now;
  const of = ({ cases, link }: Schema<"Cases">) => casesLink(link, count(cases));
  const spread = figures.working_days;
  return facts(
    fact("承办件", of(figures.assigned), before ? `上期 ${count(before.figures.assigned.cases)}` : null),
    fact("办结", of(figures.closed), ["答复 ", count(figures.answering.in_time.cases + figures.answering.late.cases), "，未到期 ", of(figures.answering.waiting)]),
    fact("超期未答", of(figures.answering.overdue), ["逾期答复 ", of(figures.answering.late), "，挂账 ", of(figures.answering.suspended)]),
    fact("退单", of(figures.returned), ["改派来 ", of(figures.reassigned), "，重办 ", of(figures.redone)]),
    fact("督办中", of(figures.supervised), ["延期过 ", of(figures.extended)]),
    fact("答复用时", spread ? `${days(spread.median)} 个工作日` : "—", spread ? `一半在此之内；九成在 ${days(spread.p90)} 个工作日内` : "还没有答复的"));
}

/** Each rate: this unit, itself before, its kind, the city. */
function rates({ now, before, kind, city }: Around): HTMLElement {
  const { figures } = now;
  const lines: [string, Row | null | undefined][] = [["本期", figures], ["上期", before?.figures], [`同类：${tierName(figures.level)}`, kind], ["全市", city]];
  const axis = { from: axisFrom(lines.flatMap(([, row]) => (row ? MEASURES.map(({ key }) => row[key]) : []))), width: matchMedia("(max-width: 640px)").matches ? 130 : 300 };
  const one = ({ key, name, help }: (typeof MEASURES)[number]) => el("div", { class: "measure" },
    el("h3", {}, el("abbr", { title: help }, name)),
    el("p", { class: "note" }, judged(figures[key], city?.[key], before?.figures[key])),
    el("table", {}, el("caption", { class: "hidden" }, `${name}：本期、上期、同类、全市`),
      el("thead", { class: "hidden" }, el("tr", {}, ["谁", "率与区间", "数"].map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, lines.map(([text, row], at) => row && el("tr", { class: at === 0 ? "own" : null },
        el("th", { scope: "row" }, text), el("td", {}, whisker(row[key], axis, city?.[key].rate)), el("td", {}, figure(row[key]))))),
      el("tfoot", { "aria-hidden": "true" }, el("tr", {}, el("td"), el("td", {}, axisMarks(axis)), el("td")))));
  return el("section", { class: "card", "aria-labelledby": "rates-title" },
    el("header", { class: "figures-head" }, el("h2", { id: "rates-title" }, "四率"), legend(false)),
    el("div", { class: "measures-grid" }, MEASURES.map(one)));
}

/** In words: against the city, against itself before. */
function judged(rate: Rate, city: Rate | undefined, before: Rate | undefined): Child {
  if (typeof rate.rate !== "number") return "没有可计的案件";
  const side = city && apart(rate, city);
  const against = rate.of < FEW ? `不足 ${FEW} 件，仅供参考` : side ? `明显${side === "below" ? "低" : "高"}于全市` : "与全市看不出差别";
  return [against, "；", compared(rate, before)];
}

// ── over time ───────────────────────────────────────────────────────────────────────────────────────────────────────

function volumes(found: Schema<"Volumes">, figures: Row): HTMLElement {
  const weekly = found.by[0] === "week";
  const rows = found.rows;
  const most = rows.reduce((best, row) => (row.cases > best.cases ? row : best), rows[0] ?? { cases: 0, name: "" });
  const before = found.previous;
  return chart({
    title: weekly ? "逐周受理量" : "逐日受理量",
    summary: `归口本单位的 ${count(found.total)} 件，最多是 ${most.name}，${count(most.cases)} 件${before ? `；上期 ${count(before.cases)} 件${typeof before.change === "number" ? `，${before.change >= 0 ? "增" : "减"} ${percent(Math.abs(before.change))}` : ""}` : ""}。按归口统计，含未派单的，与承办件略有出入。${groundSaid(rows.map((row) => row.day))}`,
    height: 240, level: 2,
    option: () => {
      const colours = palette();
      return {
        tooltip: { trigger: "axis" },
        grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
        xAxis: { type: "category", data: rows.map((row) => row.name.slice(5)), ...ground(rows.map((row) => row.day)) },
        yAxis: { type: "value", minInterval: 1 },
        series: [{ type: "bar", name: figures.name, data: rows.map((row) => row.cases), itemStyle: { color: colours.accent } }],
      };
    },
    table: () => table({
      caption: "受理量", dense: true, rows, columns: [
        { key: "when", name: "日期", cell: (row) => [row.name, dayName(row.day) && el("small", {}, ` ${dayName(row.day)}`)], sort: (row) => row.name },
        { key: "cases", name: "件", number: true, cell: (row) => casesLink(row.link ?? null, count(row.cases)), sort: (row) => row.cases },
        { key: "people", name: "人", number: true, cell: (row) => count(row.people), sort: (row) => row.people },
      ],
    }),
    downloads: downloadLinks("/v1/volumes", { from: day(found.from), to: day(new Date(found.to).getTime() - 1), department: figures.code, by: found.by[0]! }),
    onClick: ({ dataIndex }) => { const link = rows[dataIndex]?.link; if (link) location.assign(`/cases${new URL(link, location.origin).search}`); },
  });
}

function returns(now: Unit): HTMLElement {
  const all = now.figures.returned.cases;
  return el("section", { class: "card", "aria-label": "退单原因" },
    el("h2", {}, "退单原因"),
    now.returns.length === 0 ? el("p", { class: "note" }, "本期没有退单。") : [
      el("p", { class: "note" }, `最后一次由本单位退回的 ${count(all)} 件，按最后一次的原因`),
      el("ul", { class: "bars" }, now.returns.map(({ name, cases, link }) =>
        el("li", {}, el("span", { class: "label" }, name), bar(cases / Math.max(1, all)), el("span", { class: "pct" }, casesLink(link, count(cases))))))]);
}

function categories({ now, city }: Around): HTMLElement {
  const rows = now.categories;
  const shown = MEASURES.filter(({ key }) => key !== "response");
  const axis = { from: axisFrom(rows.flatMap((row) => shown.map(({ key }) => row[key]))) };
  const box = table<Row>({
    caption: "按二级分类的办理情况", quiet: true, rows, sort: { key: "assigned", down: true },
    columns: [
      { key: "name", name: "分类", cell: (row) => [row.name.split("/").at(-1)!, el("small", { class: "tier" }, `${row.code} ${row.name.split("/")[0]}`)], sort: (row) => row.name },
      { key: "assigned", name: "承办件", number: true, cell: (row) => casesLink(row.assigned.link, count(row.assigned.cases)), sort: (row) => row.assigned.cases },
      ...shown.map(({ key, help }) => ({ key, name: measureName(key), help, number: true, sort: (row: Row) => row[key].rate,
        cell: (row: Row) => cell(row[key], axis, city?.[key].rate) })),
      { key: "overdue", name: "超期未答", number: true, cell: (row) => (row.answering.overdue.cases > 0 ? casesLink(row.answering.overdue.link, count(row.answering.overdue.cases)) : el("span", { class: "soft" }, "0")), sort: (row) => row.answering.overdue.cases },
      { key: "days", name: "答复用时", number: true, cell: (row) => (row.working_days ? days(row.working_days.median) : "—"), sort: (row) => row.working_days?.median },
    ],
  });
  box.classList.add("figures-table");
  box.querySelectorAll("thead th").forEach((head, at) => { if (at >= 2 && at < 2 + shown.length) head.append(axisMarks(axis)); });
  return el("section", { class: "card figures-card", "aria-label": "办的什么事" },
    el("header", { class: "figures-head" }, el("h2", {}, "办的什么事"), legend(false)), box);
}

function supervised(now: Unit): HTMLElement {
  return el("section", { class: "card", "aria-label": "督办" },
    el("header", { class: "figures-head" }, el("h2", {}, `督办 ${count(now.supervisions.length)} 条`), el("span", { class: "note" }, "未销号的，不论何时受理"),
      downloadLinks("/v1/supervisions", { state: "standing", unit: now.figures.code })),
    supervisionTable(now.supervisions, false));
}
