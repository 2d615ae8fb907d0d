// One rate of all units on one large axis: by kind of unit, the larger first; no league table.
import type { CustomSeriesOption, EChartsOption } from "echarts";
import { downloadLinks } from "../../base/api.ts";
import { chart, palette } from "../../base/chart.ts";
import { el } from "../../base/dom.ts";
import { filterQuery } from "../../base/filters.ts";
import { count, percent } from "../../base/format.ts";
import { block } from "../../base/notice.ts";
import { address, go, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { FEW, FIELDS, MEASURES, TIERS, apart, axisFrom, measureName, periodName, tierName } from "./data.ts";
import type { Measure, Report, Row } from "./data.ts";
import { choices, follow, shownRows } from "./units.ts";
import type { Both } from "./units.ts";
import { figure, spoken } from "./whisker.ts";

const measure = (): Measure => MEASURES.find(({ key }) => key === state().get("measure"))?.key ?? "on_time";

const SIDES = { below: "明显低", above: "明显高", none: "看不出差别" };

/** Draws the tab. */
export function compareTab(): HTMLElement {
  return follow((both) => [picked(), choices(), drawing(both)], () => [block(40), block(900)], ["level", "measure"]);
}

function picked(): HTMLElement {
  return el("div", { class: "choices-row no-print" }, el("span", { class: "note" }, "比什么"),
    el("span", { class: "switch", role: "group", "aria-label": "比什么" }, MEASURES.map(({ key, name, help }) =>
      el("button", { type: "button", title: help, "aria-pressed": String(key === measure()), onclick: () => go({ measure: key === "on_time" ? null : key }) }, name))));
}

/** By kind of unit, then by how many cases: as much as can be said without ranking. */
function ordered(report: Report, key: Measure): Row[] {
  const kind = (row: Row) => TIERS.findIndex(([code]) => code === row.level);
  return shownRows(report).filter((row) => row[key].of > 0).sort((a, b) => kind(a) - kind(b) || b[key].of - a[key].of);
}

function drawing({ now, before }: Both): HTMLElement {
  const key = measure();
  const rows = ordered(now, key);
  const earlier = new Map(before?.rows.map((row) => [row.code, row]));
  const sides = rows.map((row) => apart(row[key], now.total[key]));
  const n = (side: string) => sides.filter((one) => one === side).length;
  return chart({
    title: `${measureName(key)}：${periodName(now)}`,
    summary: `全市 ${percent(now.total[key].rate)}（虚线）。${rows.length} 个中 ${n("below")} 个明显低于全市、${n("above")} 个明显高于全市（整条区间在虚线一侧），其余看不出差别；不足 ${FEW} 件的画成空心。`,
    height: rows.length * 24 + 70,
    option: () => option(rows, earlier, now, key),
    table: () => table<Row>({
      caption: `${measureName(key)}与 95% 区间`, rows, dense: true, columns: [
        { key: "name", name: "名称", cell: (row) => row.name, sort: (row) => row.name },
        { key: "level", name: "单位性质", cell: (row) => tierName(row.level), sort: (row) => tierName(row.level) },
        { key: "rate", name: measureName(key), number: true, cell: (row) => figure(row[key]), sort: (row) => row[key].rate },
        { key: "low", name: "区间下限", number: true, cell: (row) => percent(row[key].low), sort: (row) => row[key].low },
        { key: "high", name: "区间上限", number: true, cell: (row) => percent(row[key].high), sort: (row) => row[key].high },
        { key: "before", name: "上期", number: true, cell: (row) => percent(earlier.get(row.code)?.[key].rate), sort: (row) => earlier.get(row.code)?.[key].rate },
        { key: "side", name: "与全市比", cell: (row) => SIDES[apart(row[key], now.total[key]) ?? "none"], sort: (row) => apart(row[key], now.total[key]) ?? "" },
      ],
    }),
    downloads: downloadLinks("/v1/departments", { ...filterQuery(FIELDS), group: now.group }),
    onClick: ({ dataIndex }) => {
      const row = rows[dataIndex];
      if (row && now.group === "unit") location.assign(address({ unit: row.code, tab: null }));
    },
  });
}

function option(rows: Row[], earlier: Map<string, Row>, report: Report, key: Measure): EChartsOption {
  const colours = palette();
  const from = axisFrom(rows.map((row) => row[key]));
  const city = report.total[key].rate ?? null;
  const names = rows.map((row) => `${row.name.length > 14 ? `${row.name.slice(0, 13)}…` : row.name}  ${count(row[key].of)}`);
  const tone = (row: Row) => ({ below: colours.bad, above: colours.good, none: colours.accent })[apart(row[key], report.total[key]) ?? "none"];
  const whiskers: CustomSeriesOption = {
    type: "custom", name: measureName(key), data: rows.map((row, at) => [row[key].low!, at, row[key].high!, row[key].rate!]), encode: { x: [0, 2, 3], y: 1 },
    clip: false,
    renderItem: (_, api) => {
      const at = Number(api.value(1));
      const row = rows[at]!;
      const few = row[key].of < FEW;
      const [low, high, dot] = [0, 2, 3].map((dimension) => api.coord([Math.max(from, Number(api.value(dimension))), at])) as [number[], number[], number[]];
      const colour = few ? colours.soft : tone(row);
      const children: object[] = [{ type: "line", shape: { x1: low[0], y1: low[1], x2: high[0], y2: high[1] }, style: { stroke: colour, lineWidth: few ? 1.2 : 2.4 } }];
      if (Number(api.value(3)) > from) children.push({ type: "circle", shape: { cx: dot[0], cy: dot[1], r: 5 }, style: { fill: few ? colours.surface : colour, stroke: colour, lineWidth: 1.6 } });
      return { type: "group", children } as ReturnType<NonNullable<CustomSeriesOption["renderItem"]>>;
    },
    ...(city === null ? {} : { markLine: { silent: true, symbol: "none", lineStyle: { color: colours.ink, type: "dashed", width: 1.2 },
      label: { color: colours.ink, formatter: `全市 ${percent(city)}`, position: "end" }, data: [{ xAxis: city }] } }),
    tooltip: { formatter: (item) => tip(rows[(item as { dataIndex: number }).dataIndex]!, earlier, key) },
  };
  return {
    tooltip: { trigger: "item" },
    grid: { left: 8, right: 26, top: 34, bottom: 28, containLabel: true },
    xAxis: { type: "value", min: from, max: 1, position: "top", axisLabel: { formatter: (p: number) => `${Math.round(p * 100)}%` } },
    yAxis: { type: "category", inverse: true, data: names, axisLabel: { color: colours.ink, fontSize: 12 }, axisTick: { show: false }, splitLine: { show: true, lineStyle: { color: colours.line, opacity: 0.5 } } },
    series: [
      whiskers,
      { type: "scatter", name: "上期", symbol: "emptyCircle", symbolSize: 8, z: 1, itemStyle: { color: colours.soft, opacity: 0.75 }, silent: true,
        data: rows.flatMap((row, at) => { const rate = earlier.get(row.code)?.[key].rate; return typeof rate === "number" && rate >= from ? [[rate, at]] : []; }) },
    ],
  };
}

function tip(row: Row, earlier: Map<string, Row>, key: Measure): string {
  const before = earlier.get(row.code)?.[key];
  return [row.name, spoken(row[key]), before && before.of > 0 ? `上期 ${percent(before.rate)}（${before.hits}/${before.of}）` : ""].filter(Boolean).join("\n");
}
