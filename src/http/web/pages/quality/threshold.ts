// The threshold, moved by hand: a curve, a slider, and a sentence that says what would happen.
import type { EChartsOption } from "echarts";
import { casesLink, downloadLinks } from "../../base/api.ts";
import type { Query, Schema } from "../../base/api.ts";
import { chart, palette } from "../../base/chart.ts";
import { el, replace } from "../../base/dom.ts";
import { count, percent, rate as twoDecimals } from "../../base/format.ts";
import { go, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { rate } from "./data.ts";

type Quality = Schema<"Quality">;
type Point = Schema<"CurvePoint">;

/** Fewer decided cases than this say little. */
const FEW = 30;

/** The picture with the slider below it. */
export function threshold(found: Quality, query: Query): HTMLElement {
  const points = found.curve;
  const shipped = nearest(points, found.bounds.auto);
  const isUnit = found.question === "unit";
  const from = Number(state().get("threshold") ?? Number.NaN);
  let at = Number.isFinite(from) ? nearest(points, from) : shipped;

  const said = el("output", { class: "would", for: "threshold", "aria-live": "polite" });
  const slider = el("input", {
    type: "range", id: "threshold", min: 0, max: points.length - 1, step: 1, value: at, "aria-describedby": "threshold-note",
  });
  const back = el("button", { type: "button", class: "quiet" }, "回到现行阈值");
  const place = el("div", { class: "picture" });
  const draw = (): void => replace(place, picture(found, at, query));
  const tell = (): void => {
    const point = points[at]!;
    replace(said, sentence(point, found));
    slider.setAttribute("aria-valuetext", said.textContent ?? "");
    back.hidden = at === shipped;
  };
  slider.addEventListener("input", () => { at = Number(slider.value); tell(); });
  slider.addEventListener("change", () => {
    go({ threshold: at === shipped ? null : String(points[at]!.threshold) }, "replace");
    draw();
  });
  back.addEventListener("click", () => {
    at = shipped;
    slider.value = String(at);
    go({ threshold: null }, "replace");
    tell();
    draw();
    slider.focus();
  });
  tell();
  draw();
  return el("section", { class: "card threshold", "aria-label": "阈值" }, place,
    el("div", { class: "slide" },
      el("label", { for: "threshold" }, isUnit ? "自动派单阈值" : "采用建议的阈值"), slider, back),
    said,
    el("p", { class: "note", id: "threshold-note" }, "← → 移动滑块。",
      isUnit ? `现行阈值 ${twoDecimals(found.bounds.auto)}。这里只是推演，不改变服务；要改，请重新校准（guikou tune）或改模型的 thresholds.json。`
        : "分类没有自动采用的阈值，这里看的是：若只采用概率不低于阈值的分类。"));
}

/** The place of the point at a threshold, or of the next above it. */
function nearest(points: Point[], wanted: number): number {
  const at = points.findIndex((point) => point.threshold >= wanted - 1e-9);
  return at < 0 ? points.length - 1 : at;
}

/** 阈值 0.62：可自动派 65%，其中 96% 正确，约每天 3 件派错。 */
function sentence(point: Point, found: Quality): (Node | string)[] {
  const { right } = point;
  const isUnit = found.question === "unit";
  const parts: (Node | string)[] = [el("b", {}, `阈值 ${digits(point.threshold)}`), "：",
    isUnit ? "可自动派 " : "可直接采用 ", el("b", {}, percent(point.automatic)),
    "（概率达到的 ", casesLink(point.reached.link, count(point.reached.cases)), " 件", isUnit ? "，扣除因规则须人工的）" : "）"];
  if (typeof right.rate !== "number") return [...parts, "；这里还没有认定过的案件，说不出对错。"];
  parts.push("，其中 ", rate(right), " 正确");
  if (typeof point.wrong_per_day === "number") {
    parts.push("，约每天 ", el("b", {}, perDay(point.wrong_per_day)), isUnit ? " 件派错" : " 件有误",
      el("small", {}, `（${perDay(point.wrong_per_day_low)} 至 ${perDay(point.wrong_per_day_high)}）`));
  }
  return [...parts, right.of < FEW ? "。已认定的不足 30 件，区间宽，仅供参考。" : "。"];
}

const digits = (p: number): string => String(Number(p.toFixed(3)));
const perDay = (n: number | null | undefined): string => (typeof n === "number" ? (n >= 10 ? count(n) : n.toFixed(1)) : "—");

function picture(found: Quality, at: number, query: Query): HTMLElement {
  const isUnit = found.question === "unit";
  const shown = found.curve.filter((point) => point.right.of > 0 && point.threshold >= 0.2);
  const now = found.curve[at]!;
  return chart({
    title: "覆盖率与准确率",
    summary: `阈值越高，${isUnit ? "自动派的越少" : "采用的越少"}、越准。带子是准确率的 95% 区间，虚线是现行阈值 ${twoDecimals(found.bounds.auto)}。`,
    height: 330,
    option: () => option(found, shown, now),
    table: () => table<Point>({
      caption: "阈值设在各处会怎样", rows: found.curve.filter((point) => point.threshold >= 0.2), dense: true, columns: [
        { key: "threshold", name: "阈值", number: true, cell: (row) => digits(row.threshold), sort: (row) => row.threshold },
        { key: "reached", name: "概率达到", number: true, cell: (row) => casesLink(row.reached.link, count(row.reached.cases)), sort: (row) => row.reached.cases },
        { key: "automatic", name: isUnit ? "可自动派" : "可采用", number: true, cell: (row) => percent(row.automatic), sort: (row) => row.automatic },
        { key: "right", name: "准确率", number: true, cell: (row) => rate(row.right), sort: (row) => row.right.rate },
        { key: "low", name: "下限", number: true, cell: (row) => percent(row.right.low), sort: (row) => row.right.low },
        { key: "high", name: "上限", number: true, cell: (row) => percent(row.right.high), sort: (row) => row.right.high },
        { key: "wrong", name: "每天错", number: true, cell: (row) => perDay(row.wrong_per_day), sort: (row) => row.wrong_per_day },
      ],
    }),
    downloads: downloadLinks("/v1/quality", query),
  });
}

function option(found: Quality, shown: Point[], now: Point): EChartsOption {
  const colours = palette();
  const share = (p: number): string => `${Math.round(p * 100)}%`;
  // Of a handful the interval is wide and would flatten all the rest.
  const low = Math.min(...shown.map((point) => (point.right.of >= FEW ? point.right.low! : point.right.rate!)));
  const floor = Math.max(0, Math.floor(low * 20 - 0.2) / 20);
  const step = (1 - floor) / 5;
  const line = (of: (point: Point) => number | null | undefined) => shown.map((point) => [point.threshold, of(point) ?? null]);
  return {
    legend: { data: ["准确率", "可自动派"] },
    tooltip: { trigger: "axis", formatter: (items) => tip(shown, items) },
    grid: { left: 8, right: 14, top: 36, bottom: 24, containLabel: true },
    xAxis: { type: "value", min: 0.2, max: 1, name: "阈值", nameLocation: "middle", nameGap: 24, axisLabel: { formatter: (p: number) => p.toFixed(1) }, splitLine: { show: false } },
    yAxis: [
      { type: "value", min: floor, max: 1, interval: step, axisLabel: { formatter: (p: number) => `${Number((p * 100).toFixed(1))}%` } },
      { type: "value", min: 0, max: 1, interval: 0.2, axisLabel: { formatter: share }, splitLine: { show: false } },
    ],
    series: [
      { type: "line", name: "下限", data: line((point) => Math.max(floor, point.right.low ?? floor)), stack: "band", symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } },
      { type: "line", name: "区间", data: line((point) => (point.right.high ?? floor) - Math.max(floor, point.right.low ?? floor)), stack: "band", symbol: "none", silent: true, lineStyle: { opacity: 0 }, areaStyle: { color: colours.band, opacity: 0.85 } },
      {
        type: "line", name: "准确率", data: line((point) => point.right.rate), symbol: "none", lineStyle: { width: 2.4, color: colours.series[0]! }, itemStyle: { color: colours.series[0]! },
        markLine: {
          silent: true, symbol: "none", label: { color: colours.ink, position: "insideStartTop", formatter: "{b}" },
          data: [
            { xAxis: found.bounds.auto, name: `现行 ${twoDecimals(found.bounds.auto)}`, lineStyle: { color: colours.ink, type: "dashed", width: 1.2 } },
            ...(now.threshold === found.bounds.auto ? [] : [{ xAxis: now.threshold, name: `${digits(now.threshold)}`, lineStyle: { color: colours.bad, type: "solid" as const, width: 1.6 } }]),
          ],
        },
        ...(typeof now.right.rate === "number" ? { markPoint: { symbol: "circle", symbolSize: 12, itemStyle: { color: colours.surface, borderColor: colours.series[0]!, borderWidth: 3 }, label: { show: false }, data: [{ name: "现在看的", coord: [now.threshold, now.right.rate] }] } } : {}),
      },
      { type: "line", name: "可自动派", yAxisIndex: 1, data: line((point) => point.automatic), symbol: "none", lineStyle: { type: [6, 4], color: colours.series[1]! }, itemStyle: { color: colours.series[1]! } },
    ],
  };
}

function tip(shown: Point[], items: unknown): string {
  const at = (Array.isArray(items) ? items[0] : items) as { dataIndex: number };
  const point = shown[at.dataIndex];
  if (!point) return "";
  return [`阈值 ${digits(point.threshold)}`, `可自动派 ${percent(point.automatic)}`,
    `准确率 ${percent(point.right.rate)}（${percent(point.right.low)}–${percent(point.right.high)}）`, `已认定 ${count(point.right.of)} 件`].join("\n");
}
