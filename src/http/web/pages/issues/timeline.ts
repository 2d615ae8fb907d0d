// When it was told: cases by day and how far each has come, with a lane of marks for what was done to the group.
import type { BarSeriesOption, EChartsOption, ScatterSeriesOption } from "echarts";
import { downloadLinks } from "../../base/api.ts";
import { chart, palette } from "../../base/chart.ts";
import { count, day, moment } from "../../base/format.ts";
import { table } from "../../base/table.ts";
import { STAGES, actName, doer } from "./names.ts";
import type { Act, GroupBody, Stage, Telling } from "./names.ts";

const ORDER: Stage[] = ["closed", "answered", "open", "late"];
const KINDS: Act["kind"][] = ["undo", "leave", "split", "merge", "join", "found"];
const SYMBOLS: Record<Act["kind"], string> = {
  found: "circle", join: "circle", merge: "diamond", split: "triangle", leave: "rect", undo: "emptyDiamond",
};
const DAY = 86_400_000;

type Bin = { from: string; to: string; counts: Record<Stage, number>; people: number };

/** The chart of one group. */
export function timeline(group: GroupBody, stageOf: (telling: Telling) => Stage): HTMLElement {
  const bins = binned(group.tellings, stageOf, span(group));
  const daily = bins.every((bin) => bin.from === bin.to);
  return chart({
    title: daily ? "逐日反映与变更" : "逐周反映与变更",
    summary: summary(group, bins),
    height: 300,
    option: () => option(group, bins),
    table: () => table<Bin>({
      caption: "各时段件数与办理进度",
      dense: true,
      rows: bins.filter((bin) => total(bin) > 0),
      columns: [
        { key: "when", name: "日期", cell: (bin) => (bin.from === bin.to ? bin.from : `${bin.from} 至 ${bin.to}`), sort: (bin) => bin.from },
        { key: "cases", name: "件数", number: true, cell: (bin) => count(total(bin)), sort: total },
        { key: "people", name: "人数", number: true, cell: (bin) => count(bin.people), sort: (bin) => bin.people },
        ...ORDER.map((stage) => ({
          key: stage, name: STAGES[stage], number: true, cell: (bin: Bin) => count(bin.counts[stage]), sort: (bin: Bin) => bin.counts[stage],
        })),
      ],
    }),
    downloads: downloadLinks("/v1/complaints", { issue: group.id }),
    onClick: (clicked) => {
      const bin = bins[(clicked as { dataIndex: number }).dataIndex];
      if (bin) location.assign(`/cases?${new URLSearchParams({ issue: group.id, from: bin.from, to: bin.to })}`);
    },
  });
}

const total = (bin: Bin) => ORDER.reduce((sum, stage) => sum + bin.counts[stage], 0);

/** First and last day that the chart shows: of the cases and of the acts. */
function span(group: GroupBody): [number, number] {
  const times = [...group.tellings.map((telling) => telling.received_at), ...group.acts.map((act) => act.at)].map((at) => midnight(at));
  return times.length > 0 ? [Math.min(...times), Math.max(...times)] : [midnight(group.first_at), midnight(group.last_at)];
}

const midnight = (at: string | number) => new Date(`${day(at)}T00:00`).getTime();

function binned(tellings: Telling[], stageOf: (telling: Telling) => Stage, [first, last]: [number, number]): Bin[] {
  const width = (last - first) / DAY > 90 ? 7 : 1;
  const bins: Bin[] = [];
  for (let at = first; at <= last + DAY / 4; at += width * DAY) {
    bins.push({ from: day(at + DAY / 4), to: day(at + (width - 1) * DAY + DAY / 4), counts: { closed: 0, answered: 0, open: 0, late: 0 }, people: 0 });
  }
  const people = bins.map(() => new Set<number>());
  for (const telling of tellings) {
    const n = binAt(bins, telling.received_at);
    bins[n]!.counts[stageOf(telling)] += 1;
    people[n]!.add(telling.person);
  }
  bins.forEach((bin, n) => { bin.people = people[n]!.size; });
  return bins;
}

function binAt(bins: Bin[], at: string): number {
  const on = day(at);
  const found = bins.findIndex((bin) => on <= bin.to);
  return found < 0 ? bins.length - 1 : found;
}

function summary(group: GroupBody, bins: Bin[]): string {
  const most = bins.reduce((best, bin) => (total(bin) > total(best) ? bin : best), bins[0]!);
  const late = bins.reduce((sum, bin) => sum + bin.counts.late, 0);
  const when = most.from === most.to ? most.from : `${most.from} 起一周`;
  return `${count(group.cases)} 件，首次 ${moment(group.first_at)}，最近 ${moment(group.last_at)}；最多的是 ${when}，${total(most)} 件` +
    `${late > 0 ? `；${late} 件超期未答` : ""}。上方各点为建组、并组、拆分等变更。`;
}

function option(group: GroupBody, bins: Bin[]): EChartsOption {
  const colours = palette();
  const tones: Record<Stage, string> = { closed: colours.soft, answered: colours.good, open: colours.accent, late: colours.bad };
  const kinds = KINDS.filter((kind) => group.acts.some((act) => act.kind === kind));
  const lanes = Math.max(1, kinds.length) * 20;
  const days = bins.map((bin) => bin.from.slice(5));
  const axis = { axisLine: { lineStyle: { color: colours.line } }, axisLabel: { color: colours.soft }, axisTick: { show: false } };
  return {
    legend: { top: 0, right: 0, textStyle: { color: colours.ink }, itemWidth: 12, itemHeight: 10, data: ORDER.map((stage) => STAGES[stage]) },
    tooltip: { trigger: "item" },
    grid: [{ left: 40, right: 12, top: 30, height: lanes, containLabel: false }, { left: 40, right: 12, top: 30 + lanes + 14, bottom: 24, containLabel: false }],
    xAxis: [
      { ...axis, gridIndex: 0, type: "category", data: days, axisLabel: { show: false } },
      { ...axis, gridIndex: 1, type: "category", data: days },
    ],
    yAxis: [
      { ...axis, gridIndex: 0, type: "category", data: kinds.map(actName), axisLine: { show: false },
        axisLabel: { color: colours.soft, interval: 0 }, splitLine: { show: true, lineStyle: { color: colours.line, type: "dotted" } } },
      { ...axis, gridIndex: 1, type: "value", minInterval: 1, splitLine: { lineStyle: { color: colours.line } } },
    ],
    series: [
      ...kinds.map((kind) => marks(kind, group.acts, bins, kind === "split" || kind === "leave" ? colours.warn : colours.accent)),
      ...ORDER.map((stage): BarSeriesOption => ({
        name: STAGES[stage], type: "bar", stack: "cases", xAxisIndex: 1, yAxisIndex: 1, barMaxWidth: 26,
        itemStyle: { color: tones[stage] }, data: bins.map((bin) => bin.counts[stage]),
        tooltip: { formatter: (at) => told(bins[one(at)]!) },
      })),
    ],
  };
}

function marks(kind: Act["kind"], acts: Act[], bins: Bin[], colour: string): ScatterSeriesOption {
  const ours = acts.filter((act) => act.kind === kind);
  return {
    name: actName(kind), type: "scatter", xAxisIndex: 0, yAxisIndex: 0, symbol: SYMBOLS[kind], symbolSize: kind === "join" ? 8 : 12,
    itemStyle: { color: colour },
    data: ours.map((act) => [binAt(bins, act.at), actName(kind)]),
    tooltip: {
      formatter: (at) => {
        const act = ours[one(at)]!;
        return `${moment(act.at)}\n${doer(act).name} ${actName(act.kind)} ${act.cases.length} 件`;
      },
    },
  };
}

/** Which of a series a tooltip is about. */
const one = (at: unknown): number => (at as { dataIndex: number }).dataIndex;

const told = (bin: Bin) =>
  [`${bin.from === bin.to ? bin.from : `${bin.from} 至 ${bin.to}`}：${total(bin)} 件，${bin.people} 人`,
    ...ORDER.filter((stage) => bin.counts[stage] > 0).map((stage) => `${STAGES[stage]} ${bin.counts[stage]}`)].join("\n");
