// Figures as drawings: lines, bars, stacks, a heat map. What is drawn is what the API counted, nothing else.
import type { EChartsOption, SeriesOption } from "echarts";
import type { Schema } from "../../base/api.ts";
import { palette } from "../../base/chart.ts";
import { dayName, ground } from "../../base/days.ts";
import { count, percent } from "../../base/format.ts";
import { AGAINST, MEASURES, type Asked, type Measure, type Shape } from "./asked.ts";

type Volumes = Schema<"Volumes">;
type Row = Schema<"Volume">;

/** More bars than this are no picture any more; the table has them all. */
const MOST_BARS = 30;

/** What stands for a row. */
export function valueOf(row: Row, measure: Measure): number {
  return measure === "people" ? row.people : measure === "share" ? row.share : row.cases;
}

/** A cell of a pivot: cases, or their share of the row. */
export function cellValue(row: Row, at: number, measure: Measure): number {
  const cases = row.cells?.[at]?.cases ?? 0;
  return measure === "share" ? (row.cases > 0 ? cases / row.cases : 0) : cases;
}

/** A value as it is written. */
export const written = (value: number, measure: Measure): string => (measure === "share" ? percent(value) : count(value));

/** 其余 is no kind of its own: among bars it would dwarf all others. */
const rest = (one: { code?: string | null }): boolean => one.code === null || one.code === undefined;

/** The rows that are drawn, from left to right or from the top; the table has them all, also what could not be read. */
export function drawnRows(volumes: Volumes, { rows }: Asked): Row[] {
  return rows.ordered ? volumes.rows : volumes.rows.filter((row) => !rest(row) && row.code !== "-").slice(0, MOST_BARS);
}

/** How many cases are in rows that are not drawn. */
export function undrawn(volumes: Volumes, asked: Asked): number {
  return volumes.total - drawnRows(volumes, asked).reduce((sum, row) => sum + row.cases, 0);
}

/** How high the drawing should be. */
export function heightOf(volumes: Volumes, asked: Asked, shape: Shape): number {
  const rows = drawnRows(volumes, asked).length;
  if (shape === "heat") return 70 + rows * 26;
  return lying(asked, shape) ? Math.max(220, 60 + rows * (asked.against === "none" || asked.columns ? 26 : 34)) : 360;
}

/** Bars lie where their names are long. */
const lying = ({ rows }: Asked, shape: Shape): boolean => !rows.ordered && (shape === "bar" || shape === "stack");

const short = (row: Row, { rows }: Asked): string =>
  rows.key === "day" ? row.name.slice(5) : rows.key === "week" ? (row.code ?? row.name).slice(5) : row.name;

/** The whole option. `other` is the earlier stretch by the same times, for a line beside the line. */
export function option(volumes: Volumes, asked: Asked, shape: Shape, other: Volumes | null): EChartsOption {
  if (shape === "heat" && asked.columns) return heat(volumes, asked);
  const rows = drawnRows(volumes, asked);
  const flat = lying(asked, shape);
  const names = { type: "category" as const, data: rows.map((row) => short(row, asked)), ...(flat ? { inverse: true, axisLabel: { width: 220, overflow: "truncate" as const } } : {}), boundaryGap: shape !== "line" };
  const values = {
    type: "value" as const, ...(asked.measure === "share" ? { max: asked.columns && shape === "stack" ? 1 : undefined } : { minInterval: 1 }),
    axisLabel: { formatter: (value: number) => (asked.measure === "share" ? `${Math.round(value * 100)}%` : count(value)) },
  };
  const series = asked.columns ? crossed(volumes, rows, asked, shape) : single(rows, asked, shape, other);
  return {
    grid: { left: 4, right: flat ? 48 : 16, top: series.length > 1 ? 40 : 16, bottom: 4, containLabel: true },
    ...(series.length > 1 ? { legend: { type: "scroll" as const, top: 0, left: 0 } } : {}),
    tooltip: { trigger: "axis", axisPointer: { type: shape === "line" ? "line" : "shadow" }, formatter: (at) => tip(at, rows, asked) },
    xAxis: flat ? values : { ...names, ...ground(rows.map((row) => row.day)) }, yAxis: flat ? names : values, series,
  };
}

function tip(at: unknown, rows: Row[], { measure }: Asked): string {
  const items = at as { dataIndex: number; seriesName: string; value: number | null; name: string }[];
  const row = rows[items[0]?.dataIndex ?? 0];
  const running = Boolean(row?.partial);
  return [
    `${row?.name ?? items[0]?.name ?? ""}${dayName(row?.day) ? `（${dayName(row?.day)}）` : ""}${running ? "（未完）" : ""}`,
    ...items.filter((one) => (running || one.seriesName !== "未完") && one.value !== null && one.value !== undefined && (items.length < 8 || one.value > 0))
      .map((one) => `${one.seriesName} ${written(one.value!, measure)}`),
  ].join("\n");
}

function single(rows: Row[], asked: Asked, shape: Shape, other: Volumes | null): SeriesOption[] {
  const colours = palette();
  const { measure, against } = asked;
  const values = rows.map((row) => valueOf(row, measure));
  // A stretch that is not over will still grow: faint, and no fall of the line.
  const running = rows.at(-1)?.partial ? rows.length - 1 : -1;
  const mine = values.map((value, at) => ({ value, itemStyle: { opacity: rows[at]!.partial ? 0.5 : 1 } }));
  const label = { show: shape === "bar" && rows.length <= MOST_BARS, color: colours.ink, fontSize: 11, formatter: (at: unknown) => written((at as { value: number }).value, measure) };
  const accent = { itemStyle: { color: colours.accent }, lineStyle: { color: colours.accent } };
  const first: SeriesOption = shape === "line"
    ? { type: "line", name: "本期", data: values.map((value, at) => (at === running ? null : value)), ...accent, areaStyle: { color: colours.accent, opacity: 0.08 } }
    : { type: "bar", name: "本期", data: mine, itemStyle: { color: colours.accent }, label: { ...label, position: asked.rows.ordered ? "top" : "right" } };
  const all: SeriesOption[] = [first];
  if (shape === "line" && running > 0) {
    all.push({
      type: "line", name: "未完", symbol: "emptyCircle", symbolSize: 8, ...accent, lineStyle: { color: colours.accent, type: "dotted" },
      data: values.map((value, at) => (at >= running - 1 ? value : null)),
    });
  }
  if (against === "none") return all;
  const then = earlier(rows, asked, other);
  const name = AGAINST[against].replace(/^.*（(.*)）$/, "$1");
  return [...all, shape === "line"
    ? { type: "line", name, data: then, symbol: "none", itemStyle: { color: colours.soft }, lineStyle: { color: colours.soft, type: "dashed" } }
    : { type: "bar", name, data: then, itemStyle: { color: colours.soft, opacity: 0.45 } }];
}

/** The earlier counts: of the same kinds, or of the times in the same place of the earlier stretch. */
function earlier(rows: Row[], { rows: by, against, measure }: Asked, other: Volumes | null): (number | null)[] {
  if (by.time) return rows.map((_, at) => { const row = other?.rows[at]; return row ? valueOf(row, measure) : null; });
  if (measure !== "cases") return rows.map(() => null);
  return rows.map((row) => (against === "none" ? null : row[against]?.cases ?? null));
}

function crossed(volumes: Volumes, rows: Row[], asked: Asked, shape: Shape): SeriesOption[] {
  const colours = palette();
  return (volumes.columns ?? []).map((column, at) => {
    // The rest and the unread stand back.
    const plain = column.code === null || column.code === undefined || column.code === "-";
    const colour = plain ? (column.code === "-" ? colours.line : colours.calm) : colours.series[at % colours.series.length]!;
    const data = rows.map((row) => cellValue(row, at, asked.measure));
    return shape === "line"
      ? { type: "line" as const, name: column.name, data, itemStyle: { color: colour }, lineStyle: { color: colour } }
      : { type: "bar" as const, name: column.name, data, stack: shape === "stack" ? "all" : undefined, itemStyle: { color: colour, borderRadius: 0 } };
  });
}

function heat(volumes: Volumes, asked: Asked): EChartsOption {
  const colours = palette();
  const rows = drawnRows(volumes, asked);
  const shown = (volumes.columns ?? []).map((column, at) => ({ column, at })).filter(({ column }) => !rest(column));
  const columns = shown.map(({ column }) => column);
  const data = rows.flatMap((row, y) => shown.map(({ at }, x) => [x, y, cellValue(row, at, asked.measure)]));
  return {
    grid: { left: 4, right: 8, top: 8, bottom: 4, containLabel: true },
    tooltip: {
      formatter: (at) => {
        const [x, y, value] = (at as unknown as { value: [number, number, number] }).value;
        return `${rows[y]!.name} · ${columns[x]!.name}\n${MEASURES[asked.measure]} ${written(value, asked.measure)}`;
      },
    },
    xAxis: { type: "category", position: "top", data: columns.map((column) => column.name), axisLabel: { interval: 0, rotate: columns.length > 9 ? 35 : 0, width: 84, overflow: "truncate" }, axisTick: { show: false } },
    yAxis: { type: "category", inverse: true, data: rows.map((row) => short(row, asked)), axisTick: { show: false } },
    visualMap: { show: false, dimension: 2, min: 0, max: Math.max(1e-9, ...data.map((one) => one[2]!)), inRange: { color: [colours.surface, colours.heat[1]!, colours.heat[2]!] } },
    series: [{
      type: "heatmap", data, itemStyle: { borderColor: colours.surface, borderWidth: 1 },
      label: { show: columns.length <= 24, color: colours.ink, fontSize: 11, formatter: (at) => { const value = (at.value as number[])[2]!; return value > 0 ? written(value, asked.measure) : ""; } },
    }],
  };
}
