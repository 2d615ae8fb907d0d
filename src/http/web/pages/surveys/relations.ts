// What stands across questions: satisfaction side by side, what goes with the overall mark, the wave before, weighting.

import type { EChartsOption } from "echarts";
import { chart, palette } from "../../base/chart.ts";
import { type Child, el } from "../../base/dom.ts";
import { count, percent, rate, signed } from "../../base/format.ts";
import { table } from "../../base/table.ts";
import { card } from "../../base/text.ts";
import { barTable, fewMark, intervalOf } from "./bars.ts";
import { chance } from "./cross.ts";
import type { Change, Closed, Driver, Figures, Gap, Share } from "./data.ts";

type Rated = { name: string; share: Share };

/** Shares with whiskers as an ECharts drawing, the largest on top. */
export function whiskers(rows: Rated[]): EChartsOption {
  const colours = palette();
  const interval = rows.some(({ share }) => typeof share.low === "number");
  const places = rows.map(({ share }) => share.share * 100);
  return {
    grid: { left: 8, right: 56, top: 8, bottom: 8, containLabel: true },
    tooltip: { trigger: "item" },
    xAxis: { type: "value", min: 0, max: Math.min(100, Math.ceil(Math.max(...rows.map(({ share }) => share.high ?? share.share)) * 5) * 20), axisLabel: { formatter: "{value}%" } },
    yAxis: { type: "category", inverse: true, data: rows.map(({ name }) => name), axisLabel: { width: 220, overflow: "truncate" } },
    series: [
      { type: "bar", name: "占比", data: places.map((value, at) => ({ value, itemStyle: { color: rows[at]!.share.few ? colours.calm : colours.accent, opacity: rows[at]!.share.few ? 0.5 : 0.85 } })),
        // Beside the interval, where there is one.
        label: { show: !interval, position: "right", color: colours.ink, formatter: ({ dataIndex }: { dataIndex: number }) => percent(rows[dataIndex]!.share.share) }, barMaxWidth: 20,
        tooltip: { formatter: ({ dataIndex }: { dataIndex: number }) => `${rows[dataIndex]!.name}\n${percent(rows[dataIndex]!.share.share)} ${intervalOf(rows[dataIndex]!.share)}\n${count(rows[dataIndex]!.share.count)} / ${count(rows[dataIndex]!.share.base)}` } },
      ...(interval ? [{
        type: "custom", name: "95% 区间", silent: true, encode: { x: [1, 2], y: 0 },
        data: rows.map(({ share }, at) => [at, (share.low ?? share.share) * 100, (share.high ?? share.share) * 100]),
        renderItem: (_: unknown, api: { value: (n: number) => number; coord: (at: number[]) => number[] }) => {
          const [low, high] = [1, 2].map((n) => api.coord([api.value(n), api.value(0)])) as [number[], number[]];
          const style = { stroke: colours.ink, lineWidth: 1.5 };
          const line = (x1: number, y1: number, x2: number, y2: number) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
          const told = { type: "text", style: { text: percent(rows[api.value(0)]!.share.share), x: high[0]! + 8, y: high[1]!, fill: colours.ink, fontSize: 12, verticalAlign: "middle" } };
          return { type: "group", children: [told, line(low[0]!, low[1]!, high[0]!, high[1]!), line(low[0]!, low[1]! - 5, low[0]!, low[1]! + 5), line(high[0]!, high[1]! - 5, high[0]!, high[1]! + 5)] };
        },
      }] : []),
    ],
  } as unknown as EChartsOption;
}

/** Satisfaction of all questions side by side. */
export function satisfactionChart({ questions }: Figures): Child {
  const rows = questions.filter((one): one is Closed => Boolean(one.satisfaction?.of_expressed)).map((one) => ({ name: one.text, share: one.satisfaction!.of_expressed! }))
    .sort((a, b) => b.share.share - a.share.share);
  if (rows.length < 2) return null;
  const [best, worst] = [rows[0]!, rows.at(-1)!];
  return chart({
    title: "各题满意率（以表了态的为底）",
    summary: `最高“${best.name}”${percent(best.share.share)}，最低“${worst.name}”${percent(worst.share.share)}；须线是 95% 区间，区间重叠的不宜分高下。`,
    height: Math.max(150, 40 + rows.length * 34),
    option: () => whiskers(rows),
    table: () => barTable({ caption: "各题满意率（以表了态的为底）", head: "题目", bars: rows }),
  });
}

/** What goes with the overall mark. */
export function driversCard({ drivers }: Figures): Child {
  return drivers.length > 0 && card("与总体评价的关系", el("p", { class: "note" }, "等级相关越大，这一项满意的人总体也越满意；相关不等于因果。"), table<Driver>({
    caption: "各分项与总体评价的等级相关", quiet: true, rows: drivers, dense: true, sort: { key: "correlation", down: true },
    columns: [
      { key: "text", name: "分项", wide: true, cell: (row) => [row.text, row.few && [" ", fewMark(true)]] },
      { key: "correlation", name: "等级相关", number: true, cell: (row) => rate(row.correlation), sort: (row) => row.correlation },
      { key: "p", name: "p（Holm 校正）", number: true, cell: (row) => (typeof row.p === "number" ? chance(row.p).replace("＝", "") : "—"), sort: (row) => row.p },
      { key: "satisfaction", name: "满意率", number: true, cell: (row) => percent(row.satisfaction?.share), sort: (row) => row.satisfaction?.share },
      { key: "base", name: "份数", number: true, cell: (row) => count(row.base), sort: (row) => row.base },
    ],
  }));
}

const MEASURED = { satisfaction: "满意率", mean: "均值", nps: "净推荐值" };

/** Against the wave before. */
export function changesCard({ changes, changes_caution: caution, questions }: Figures): Child {
  const share = ({ measured }: Change): boolean => measured === "satisfaction";
  const value = (row: Change, n: number): string => (share(row) ? percent(n) : rate(n));
  const moved = (row: Change, n: number): string => (share(row) ? `${signed(n * 100, 1)} 个百分点` : signed(n, 2));
  const note = caution && el("p", { class: "note" }, caution);
  return (changes.length > 0 || note) && card("与上一次调查相比", note, changes.length > 0 && table<Change>({
    caption: "与上一次调查相比", quiet: true, rows: changes, dense: true,
    columns: [
      { key: "question", name: "题目", wide: true, cell: (row) => [questions.find(({ question }) => question === row.question)?.text ?? row.question, row.few && [" ", fewMark(true)]] },
      { key: "measured", name: "比什么", cell: (row) => MEASURED[row.measured] },
      { key: "before", name: "上次", number: true, cell: (row) => value(row, row.before) },
      { key: "now", name: "本次", number: true, cell: (row) => value(row, row.now) },
      { key: "difference", name: "相差", number: true, cell: (row) => moved(row, row.difference), sort: (row) => row.difference },
      { key: "interval", name: "差的 95% 区间", number: true, cell: (row) => (share(row) ? `${signed(row.low * 100, 1)} 至 ${signed(row.high * 100, 1)}` : `${signed(row.low, 2)} 至 ${signed(row.high, 2)}`) },
      { key: "verdict", name: "判断", cell: (row) => verdict(row) },
    ],
  }));
}

function verdict(row: Change): string {
  const p = row.p_adjusted ?? row.p;
  if (row.few || typeof p !== "number") return "份数少，不判断";
  return `${p < 0.05 ? (row.difference > 0 ? "有上升" : "有下降") : "看不出变化"}（p ${chance(p)}）`;
}

/** How the weighting went. */
export function weightingCard({ weighting }: Figures): Child {
  return weighting && card("加权", el("p", { class: "note" },
    `设计效应 ${rate(weighting.deff)}，有效样本量 ${count(weighting.effective)}；${weighting.raked
      ? `${typeof weighting.trimmed === "number" ? count(weighting.trimmed) : "不足 5"} 份的权重被截到 0.3 或 3；${weighting.converged ? "各项构成都已对上。" : "没有收敛，加权结果慎用。"}`
      : "用的是答卷文件自带的权重。"}开放题、组间检验和等级相关未加权。`),
  weighting.raked && table<Gap>({
    caption: "加权前后与总体构成", quiet: true, rows: weighting.gaps, dense: true,
    columns: [
      { key: "option", name: "组", cell: (row) => `${row.question} ${row.option}` },
      { key: "target", name: "总体", number: true, cell: (row) => percent(row.target) }, { key: "before", name: "加权前", number: true, cell: (row) => percent(row.before) },
      { key: "after", name: "加权后", number: true, cell: (row) => percent(row.after) }, { key: "count", name: "份数", number: true, cell: (row) => count(row.count) },
    ],
  }));
}
