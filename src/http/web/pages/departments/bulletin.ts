// 单位通报表: what is handed out on paper. Columns as hotline centres print them, by kind of unit, not ranked.
import { downloadLinks, taxonomy } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { csv, downloadText } from "../../base/file.ts";
import { filterQuery } from "../../base/filters.ts";
import { count, day, moment, percent } from "../../base/format.ts";
import { block } from "../../base/notice.ts";
import { state } from "../../base/state.ts";
import { casesLink } from "../../base/api.ts";
import { FIELDS, TIERS, lateOf, periodName, shareOf } from "./data.ts";
import type { Report, Row } from "./data.ts";
import { follow } from "./units.ts";

type Figure = { name: string; help?: string; value: (row: Row) => number | null; link?: (row: Row) => string; share?: boolean };

/** 单位, 派遣, 按时办结, 超时, 未办结, 结案率, 按时结案率, 不满意数, 不满意率. */
const FIGURES: Figure[] = [
  { name: "派遣", value: (row) => row.assigned.cases, link: (row) => row.assigned.link },
  { name: "按时办结", help: "按时答复", value: (row) => row.answering.in_time.cases, link: (row) => row.answering.in_time.link },
  { name: "超时", help: "逾期答复与超期未答", value: lateOf, link: (row) => row.on_time.of_link.replace("in_time%2C", "") },
  { name: "未办结", value: (row) => row.assigned.cases - row.closed.cases },
  { name: "结案率", value: (row) => shareOf(row.closed.cases, row.assigned.cases), share: true },
  { name: "按时结案率", help: "按时率", value: (row) => row.on_time.rate ?? null, share: true },
  { name: "不满意数", value: (row) => row.satisfied.unsatisfied.cases, link: (row) => row.satisfied.unsatisfied.link },
  { name: "不满意率", value: (row) => (typeof row.satisfaction.rate === "number" ? 1 - row.satisfaction.rate : null), share: true },
];

/** Draws the tab. */
export function bulletinTab(): HTMLElement {
  return follow(({ now }) => sheet(now), () => [block(700)]);
}

function sheet(report: Report): Child {
  const rows = report.rows.filter((row) => row.assigned.cases > 0);
  const title = el("h2", { class: "bulletin-title" }, "12345 热线承办单位办理情况通报表");
  void taxonomy().then((all) => replace(title, `${all.city.name} 12345 热线承办单位办理情况通报表`)).catch(() => undefined);
  if (report.group !== "unit") {
    return el("p", { class: "note" }, "通报表按承办单位分行。", el("a", { href: "?tab=bulletin" }, "改为按承办单位"));
  }
  const conditions = Object.entries(filterQuery(FIELDS)).filter(([name, value]) => value && name !== "from" && name !== "to");
  return el("section", { class: "card bulletin", "aria-label": "单位通报表" },
    el("div", { class: "bulletin-tools no-print" },
      el("button", { type: "button", class: "main", onclick: () => print() }, icon("print"), "打印"),
      el("span", { class: "downloads", role: "group", "aria-label": "下载" }, icon("download"),
        el("button", { type: "button", class: "link", "aria-label": "下载通报表 CSV", onclick: () => save(report, rows) }, "CSV")),
      el("span", { class: "note" }, "全部列："), downloadLinks("/v1/departments", { ...filterQuery(FIELDS), group: "unit" })),
    title,
    el("p", { class: "bulletin-period" }, `${periodName(report)} 受理 · 截至 ${moment(report.as_of)}`, conditions.length > 0 && ` · ${conditions.map(([, value]) => value).join("、")}`),
    el("div", { class: "table-box", role: "region", "aria-label": "通报表的表格", tabindex: "0" }, grid(report, rows)),
    el("div", { class: "bulletin-notes" },
      el("p", {}, "注：派遣为受理于本期、现由该单位承办（或最后由其承办）的案件；按时办结为按时答复；超时为逾期答复与超期未答之和；结案率＝已办结÷派遣；按时结案率＝按时答复÷（按时答复＋超时），未到期的不计；不满意率＝不满意÷（满意＋基本满意＋不满意），未表态的不计。"),
      el("p", {}, `件数少的单位，率的偶然起伏大，不宜横向比较；各档内按代码排列，不排名（国办函〔2025〕66号）。${day(report.as_of)}`)));
}

function grid(report: Report, rows: Row[]): HTMLElement {
  const cells = (row: Row) => FIGURES.map((figure) => el("td", { class: "number" }, shown(figure, row)));
  const bodies = TIERS.map(([level, name]) => {
    const ours = rows.filter((row) => row.level === level);
    return ours.length > 0 && el("tbody", {},
      el("tr", { class: "tier-row" }, el("th", { scope: "rowgroup", colspan: FIGURES.length + 1 }, `${name}（${ours.length}）`)),
      ours.map((row) => el("tr", {}, el("th", { scope: "row" }, el("a", { href: `?${unitQuery(row.code)}` }, row.name)), cells(row))));
  });
  return el("table", { class: "table dense" },
    el("caption", { class: "hidden" }, "各承办单位派遣、按时办结、超时、未办结、结案率、按时结案率、不满意数、不满意率"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "单位"), FIGURES.map(({ name, help }) =>
      el("th", { scope: "col", class: "number" }, help ? el("abbr", { title: help }, name) : name)))),
    bodies,
    el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, "合计"), cells(report.total))));
}

function unitQuery(code: string): string {
  const query = state();
  query.delete("tab");
  query.set("unit", code);
  return query.toString();
}

function shown(figure: Figure, row: Row): Child {
  const value = figure.value(row);
  const text = figure.share ? percent(value) : count(value);
  return figure.link && (value ?? 0) > 0 ? casesLink(figure.link(row), text) : text;
}

function save(report: Report, rows: Row[]): void {
  const cells = (row: Row) => FIGURES.map((figure) => (figure.share ? percent(figure.value(row)) : figure.value(row) ?? "—"));
  const lines = TIERS.flatMap(([level, name]) => rows.filter((row) => row.level === level).map((row) => [name, row.name, ...cells(row)]));
  downloadText(`单位通报表-${periodName(report)}.csv`, csv(["单位性质", "单位", ...FIGURES.map(({ name }) => name)], [...lines, ["", "合计", ...cells(report.total)]]));
}
