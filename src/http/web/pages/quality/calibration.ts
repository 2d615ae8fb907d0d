// Whether probabilities mean what they say: what the model said against what people decided.
import type { CustomSeriesOption, EChartsOption } from "echarts";
import { downloadLinks } from "../../base/api.ts";
import type { Query, Schema } from "../../base/api.ts";
import { chart, palette } from "../../base/chart.ts";
import { count, percent } from "../../base/format.ts";
import { table } from "../../base/table.ts";
import { rate } from "./data.ts";

type Quality = Schema<"Quality">;
type Bin = Schema<"CalibrationBin">;

/** The reliability picture. */
export function calibration(found: Quality, query: Query): HTMLElement {
  const { bins } = found.calibration;
  return chart({
    title: "概率名副其实吗",
    summary: verdict(found),
    height: 340,
    option: () => option(bins),
    table: () => table<Bin>({
      caption: "按概率分成件数大致相等的箱", rows: bins, dense: true, columns: [
        { key: "from", name: "概率", number: true, cell: (bin) => `${percent(bin.from)}–${percent(bin.to)}`, sort: (bin) => bin.from },
        { key: "said", name: "模型说", number: true, cell: (bin) => percent(bin.said), sort: (bin) => bin.said },
        { key: "right", name: "实际", number: true, cell: (bin) => rate(bin.right), sort: (bin) => bin.right.rate },
        { key: "interval", name: "95% 区间", number: true, cell: (bin) => `${percent(bin.right.low)}–${percent(bin.right.high)}` },
        { key: "gap", name: "差", number: true, cell: (bin) => percent((bin.right.rate ?? 0) - bin.said), sort: (bin) => (bin.right.rate ?? 0) - bin.said },
      ],
    }),
    downloads: downloadLinks("/v1/quality/calibration", query),
  });
}

/** The error held against what chance makes, in words. */
function verdict({ calibration: { error, by_chance, bins } }: Quality): string {
  if (typeof error !== "number" || typeof by_chance !== "number") return "还没有认定过的案件。";
  const said = bins.reduce((sum, bin) => sum + bin.said * bin.right.of, 0);
  const right = bins.reduce((sum, bin) => sum + bin.right.hits, 0);
  const how = error <= by_chance * 1.5 ? "与偶然相当，概率可以照着信" : said > right ? "总体偏自信：说的比实际高" : "总体偏谨慎：实际比说的还准";
  return `平均差 ${percent(error)}，概率完全准确时偶然也有约 ${percent(by_chance)}：${how}。实心点落在空心点上即说多少、准多少；竖条是实际准确率的 95% 区间，空心点在竖条里即没有理由怀疑。`;
}

function option(bins: Bin[]): EChartsOption {
  const colours = palette();
  const low = Math.min(...bins.flatMap((bin) => [bin.said, bin.right.low ?? 1]));
  const floor = Math.max(0, Math.floor((low - 0.01) * 10) / 10);
  const share = (p: number): string => `${Math.round(p * 100)}%`;
  const spans: CustomSeriesOption = {
    type: "custom", name: "实际的 95% 区间", silent: true, data: bins.map((bin, at) => [at, bin.right.low!, bin.right.high!]), encode: { x: 0, y: [1, 2] },
    renderItem: (_, api) => {
      const [from, to] = [1, 2].map((dimension) => api.coord([api.value(0), api.value(dimension)])) as [number[], number[]];
      return { type: "line", shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, style: { stroke: colours.accent, lineWidth: 3, lineCap: "round", opacity: 0.55 } } as ReturnType<NonNullable<CustomSeriesOption["renderItem"]>>;
    },
  };
  const tip = (at: number): string => {
    const bin = bins[at]!;
    return [`概率 ${percent(bin.from)}–${percent(bin.to)}，${count(bin.right.of)} 件`, `模型说 ${percent(bin.said)}`, `实际 ${percent(bin.right.rate)}（${percent(bin.right.low)}–${percent(bin.right.high)}）`].join("\n");
  };
  return {
    legend: { data: ["模型说的", "实际准确率"] },
    tooltip: { trigger: "axis", formatter: (items) => tip(((Array.isArray(items) ? items[0] : items) as { dataIndex: number }).dataIndex) },
    grid: { left: 8, right: 16, top: 36, bottom: 26, containLabel: true },
    xAxis: { type: "category", data: bins.map((bin) => range(bin)), name: "建议的概率，由低到高，每箱件数大致相等", nameLocation: "middle", nameGap: 28, axisLabel: { interval: "auto", hideOverlap: true } },
    yAxis: { type: "value", min: floor, max: 1, axisLabel: { formatter: share } },
    series: [
      { type: "line", name: "模型说的", data: bins.map((bin) => bin.said), symbol: "emptyCircle", symbolSize: 9, lineStyle: { type: "dashed", width: 1.2, color: colours.series[1]! }, itemStyle: { color: colours.series[1]! } },
      spans,
      { type: "scatter", name: "实际准确率", data: bins.map((bin) => bin.right.rate!), symbolSize: 11, itemStyle: { color: colours.accent } },
    ],
  };
}

/** 97.6%, or 45–78% where a bin is wide. */
function range(bin: Bin): string {
  const [from, to] = [bin.from, bin.to].map((p) => (p * 100).toFixed(p > 0.97 ? 1 : 0)) as [string, string];
  return from === to ? `${from}%` : `${from}–${to}%`;
}
