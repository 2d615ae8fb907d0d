// The pictures of a document, drawn from its own figures.

import type { ECElementEvent, EChartsOption } from "echarts";
import { chart, palette } from "../../base/chart.ts";
import { type Child, el } from "../../base/dom.ts";
import { type Figure, type Picture, textOf } from "./document.ts";
import { drawn } from "./figure.ts";

/** A way to write a figure so that it leads to its source; `Part`s that are words stay words. */
export type Cite = (figure: Figure) => Child;

/** A picture with its table; a click on a bar chooses its figure. */
export function picture(of: Picture, cite: Cite, choose: (figure: Figure) => void): HTMLElement {
  const lying = of.shape === "bars" || of.shape === "stacked";
  const cited = new Map<Figure, Child>();
  for (const { points } of of.series) for (const point of points) cited.set(point, cite(point));
  for (const name of of.names) if (typeof name !== "string") cited.set(name, cite(name));
  return chart({
    title: of.title,
    summary: summary(of),
    level: 3,
    height: lying ? Math.max(160, 56 + of.names.length * (of.series.length > 1 && of.shape === "bars" ? 34 : 26)) : 260,
    option: () => option(of, lying),
    table: () => numbers(of, cited),
    onClick: (event: ECElementEvent) => {
      const figure = of.series[event.seriesIndex ?? 0]?.points[event.dataIndex];
      if (figure) choose(figure);
    },
  });
}

/** The highest and the lowest, in a sentence. */
function summary(of: Picture): string {
  const first = of.series[0];
  const told = (first?.points ?? []).map((point, at) => ({ name: textOf(of.names[at] ?? ""), shown: point.shown, value: drawn(point.shown) }))
    .filter((one): one is { name: string; shown: string; value: number } => one.value !== null);
  if (told.length === 0) return "没有可画的数字。";
  const unit = (shown: string): string => (shown.endsWith("%") ? shown : `${shown} ${of.unit}`);
  const [high, low] = [told.reduce((a, b) => (b.value > a.value ? b : a)), told.reduce((a, b) => (b.value < a.value ? b : a))];
  const series = of.series.length > 1 ? `${first!.name}` : "";
  return high.value === low.value ? `${series}各项都是 ${unit(high.shown)}。` : `${series}最高 ${high.name} ${unit(high.shown)}，最低 ${low.name} ${unit(low.shown)}。`;
}

function option(of: Picture, lying: boolean): EChartsOption {
  const colours = palette();
  const names = { type: "category" as const, data: of.names.map(textOf), inverse: lying, axisLabel: { width: lying ? 150 : undefined, overflow: "truncate" as const, hideOverlap: !lying } };
  const values = { type: "value" as const, name: lying ? "" : of.unit, axisLabel: { formatter: of.unit === "%" ? "{value}%" : "{value}" }, ...(of.shape === "stacked" ? { max: 100 } : {}) };
  return {
    grid: { left: 8, right: lying ? 48 : 16, top: of.series.length > 1 ? 36 : lying ? 8 : 28, bottom: 8, containLabel: true },
    ...(of.series.length > 1 ? { legend: { data: of.series.map(({ name }) => name) } } : {}),
    tooltip: { trigger: "axis", axisPointer: { type: of.shape === "line" ? "line" : "shadow" } },
    xAxis: lying ? values : names,
    yAxis: lying ? names : values,
    series: of.series.map(({ name, points }, at) => ({
      name, data: points.map((point) => drawn(point.shown)),
      type: of.shape === "line" ? ("line" as const) : ("bar" as const),
      itemStyle: { color: colours.series[at % colours.series.length] },
      ...(of.shape === "stacked" ? { stack: "all" } : {}),
      ...(of.shape !== "line" && of.shape !== "stacked" && points.length * of.series.length <= 40
        ? { label: { show: true, position: lying ? ("right" as const) : ("top" as const), color: colours.soft, fontSize: 11, formatter: ({ dataIndex }: { dataIndex: number }) => points[dataIndex]?.shown ?? "" } } : {}),
    })),
  } as EChartsOption;
}

function numbers(of: Picture, cited: Map<Figure, Child>): HTMLElement {
  const cell = (part: string | Figure): Child => (typeof part === "string" ? part : cited.get(part) ?? part.shown);
  return el("div", { class: "table-box", role: "region", "aria-label": of.title, tabindex: "0" },
    el("table", { class: "table dense" }, el("caption", {}, `${of.title}（${of.unit}）`),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "名称"), of.series.map(({ name }) => el("th", { scope: "col", class: "number" }, name)))),
      el("tbody", {}, of.names.map((name, row) => el("tr", {}, el("th", { scope: "row" }, cell(name)),
        of.series.map(({ points }) => el("td", { class: "number" }, points[row] ? cell(points[row]) : "—")))))));
}
