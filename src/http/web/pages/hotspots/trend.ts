// 趋势: counts by day within what was to be expected, the alarms of the statistics, and what is new, rises or falls.
import { casesAddress, casesLink, downloadLinks, get, taxonomy, type Schema } from "../../base/api.ts";
import { chart, palette } from "../../base/chart.ts";
import { ground, groundSaid } from "../../base/days.ts";
import { el, replace } from "../../base/dom.ts";
import { count, moment, rate } from "../../base/format.ts";
import { block, empty, lines } from "../../base/notice.ts";
import { state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { banded, type Banded } from "./band.ts";
import { choice, region } from "./controls.ts";
import { asOf, COMMON, dayOf, narrowed } from "./look.ts";
import { showMovers } from "./movers.ts";

type Bursts = Schema<"Bursts">;
type Burst = Schema<"Burst">;

const METHODS: Record<string, string> = {
  negative_binomial: "按星期、节假日和钟点的负二项基线", ears: "历史不足 14 天，按前 7 天（EARS C2）", none: "历史太短，还不能判断突增",
};

/** The tab: chart, bursts, movers; each comes when it comes. */
export async function trend(): Promise<HTMLElement> {
  const { domains } = await taxonomy();
  const series = Object.fromEntries([["", "全部诉求"], ...domains.map(({ code, name }) => [`d${code}`, name])]) as Record<string, string>;
  const keys = [...COMMON, "series"];
  return el("div", { class: "stack" },
    el("div", { class: "choices no-print" }, choice("看什么", "series", series, "")),
    region(keys, block(440), async (place) => {
      const [days, bursts] = await Promise.all([banded(chosen()), alarms()]);
      replace(place, drawn(days, bursts, series[state().get("series") ?? ""] ?? "全部诉求"));
    }),
    region(keys, lines(4), async (place) => replace(place, ...alarmed(await alarms())), "section"),
    region([...COMMON, "series_of", "kind"], lines(8), showMovers, "section"));
}

const alarms = (): Promise<Bursts> => get<Bursts>("/v1/bursts", { as_of: asOf() });

/** The domain asked for; the address says `d05`, so that it is no number. */
const chosen = (): string | null => state().get("series")?.replace(/^d/, "") || null;

/** Bursts of what is looked at. */
function within(bursts: Bursts): Burst[] {
  const { category, district } = narrowed();
  return bursts.rows.filter((burst) =>
    (!chosen() || burst.category.code.startsWith(chosen()!)) && (!category || burst.category.code.startsWith(category)) &&
    (!district || burst.district === district));
}

function drawn(days: Banded, bursts: Bursts, name: string): HTMLElement {
  const shown = within(bursts);
  const compared = days.days.filter((one) => one.cases !== null && one.low95 !== null).length;
  const said = compared === 0 ? "往日的历史还短，没有可比的预期" : `${compared} 天有预期可比，其中 ${days.days.filter(out).length} 天落在 95% 区间之外`;
  return chart({
    title: `${name}：逐日件数与预期区间`, height: 360,
    summary: days.tooShort
      ? "历史不足 4 周，还画不出预期区间。"
      : `${said}；今后 7 天预计 ${count(days.ahead)} 件。${groundSaid(days.days.map((one) => one.is))}`,
    option: () => option(days, shown),
    table: () => bandTable(days),
    downloads: downloadLinks("/v1/trends/forecast", { ...narrowed(), to: days.last }, ["csv", "xlsx"]),
    onClick: (at) => {
      const one = days.days[(at as { dataIndex: number }).dataIndex];
      if (one?.link) location.assign(casesAddress(one.link));
    },
  });
}

const out = (one: Banded["days"][number]): boolean =>
  one.cases !== null && one.low95 !== null && one.high95 !== null && (one.cases < one.low95 || one.cases > one.high95);

function option(banded: Banded, bursts: Burst[]) {
  const colours = palette();
  const { days } = banded;
  const band = (low: "low95" | "low80", high: "high95" | "high80", opacity: number, name: string) => [
    { type: "line" as const, name: `${name}下`, stack: low, data: days.map((one) => one[low]), symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } },
    {
      type: "line" as const, name, stack: low, symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false },
      itemStyle: { color: colours.accent, opacity: opacity * 2 }, areaStyle: { color: colours.accent, opacity },
      data: days.map((one) => (one[high] === null || one[low] === null ? null : one[high]! - one[low]!)),
    },
  ];
  return {
    grid: { left: 4, right: 12, top: 40, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, data: ["件数", "预期", "95% 区间", "80% 区间", "区间外", "突增起点"] },
    tooltip: { trigger: "axis" as const, renderMode: "richText" as const, formatter: (at: unknown) => tip(days[(at as { dataIndex: number }[])[0]?.dataIndex ?? 0]!, bursts) },
    xAxis: { type: "category" as const, boundaryGap: false, axisLabel: { alignMinLabel: "left" as const, alignMaxLabel: "right" as const }, data: days.map((one) => one.day.slice(5)), ...ground(days.map((one) => one.is)) },
    yAxis: { type: "value" as const, minInterval: 1 },
    series: [
      ...band("low95", "high95", 0.13, "95% 区间"), ...band("low80", "high80", 0.16, "80% 区间"),
      { type: "line" as const, name: "预期", data: days.map((one) => one.expected), symbol: "none", lineStyle: { color: colours.soft, type: "dashed" as const, width: 1.5 }, itemStyle: { color: colours.soft } },
      { type: "line" as const, name: "件数", data: days.map((one) => one.cases), symbolSize: 5, lineStyle: { color: colours.accent, width: 2 }, itemStyle: { color: colours.accent } },
      { type: "scatter" as const, name: "区间外", data: days.map((one) => (out(one) ? one.cases : null)), symbol: "circle", symbolSize: 12, itemStyle: { color: "transparent", borderColor: colours.bad, borderWidth: 2 } },
      {
        type: "scatter" as const, name: "突增起点", symbol: "triangle", symbolSize: 12, symbolOffset: [0, -16], itemStyle: { color: colours.bad },
        data: days.map((one) => (started(bursts, one.day).length > 0 ? one.cases : null)),
      },
    ],
  };
}

const started = (bursts: Burst[], day: string): Burst[] => bursts.filter((burst) => dayOf(Date.parse(burst.since)) === day);

function tip(one: Banded["days"][number], bursts: Burst[]): string {
  return [
    `${one.day}${one.kind ? `（${one.kind}）` : ""}`,
    one.cases !== null && `件数 ${count(one.cases)}`,
    one.expected !== null && `预期 ${one.expected.toFixed(1)}，80% ${one.low80}–${one.high80}，95% ${one.low95}–${one.high95}`,
    ...started(bursts, one.day).map((burst) => `突增：${burst.district} ${burst.category.name}`),
  ].filter(Boolean).join("\n");
}

function bandTable({ days }: Banded): HTMLElement {
  return table({
    caption: "逐日件数与预期", dense: true, rows: days,
    columns: [
      { key: "day", name: "日期", cell: (one) => one.day, sort: (one) => one.day },
      { key: "kind", name: "日子", cell: (one) => one.kind ?? "—" },
      { key: "cases", name: "件数", number: true, cell: (one) => casesLink(one.link, count(one.cases)), sort: (one) => one.cases ?? -1 },
      { key: "expected", name: "预期", number: true, cell: (one) => (one.expected === null ? "—" : one.expected.toFixed(1)) },
      { key: "b80", name: "80% 区间", number: true, cell: (one) => (one.low80 === null ? "—" : `${one.low80}–${one.high80}`) },
      { key: "b95", name: "95% 区间", number: true, cell: (one) => (one.low95 === null ? "—" : `${one.low95}–${one.high95}`) },
      { key: "out", name: "区间外", cell: (one) => (out(one) ? "是" : "") },
    ],
  });
}

// ── bursts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function alarmed(bursts: Bursts): HTMLElement[] {
  const rows = within(bursts);
  const head = el("div", { class: "block-head" }, el("h3", {}, "突增"), downloadLinks("/v1/bursts", { as_of: asOf() }, ["csv", "xlsx"]));
  const method = el("p", { class: "soft" }, `截至 ${moment(bursts.as_of)}，看了 ${count(bursts.cells)} 个“二级分类 × 区县”；${METHODS[bursts.method] ?? bursts.method}。`);
  if (rows.length === 0) return [head, method, empty("没有突增", el("p", {}, "近 24 小时和 72 小时，没有哪一处多得不能用星期、节假日和偶然来解释。"))];
  return [head, method, table<Burst>({
    caption: "突增，最有把握的在前", rows,
    columns: [
      { key: "what", name: "区县和分类", wide: true, cell: (one) => `${one.district} ${one.category.name}`, sort: (one) => one.district + one.category.code },
      { key: "hours", name: "窗口", cell: (one) => `近 ${one.window_hours} 小时`, sort: (one) => one.window_hours },
      { key: "cases", name: "件数", number: true, cell: (one) => casesLink(one.link, count(one.cases)), sort: (one) => one.cases },
      { key: "people", name: "人数", number: true, cell: (one) => count(one.people), sort: (one) => one.people },
      { key: "expected", name: "往常", number: true, help: "这个窗口里平常应有多少件", cell: (one) => rate(one.expected), sort: (one) => one.expected },
      { key: "z", name: "突增分 z", number: true, help: "超出几个标准差", cell: (one) => rate(one.z), sort: (one) => one.z },
      { key: "q", name: "误报率 q", number: true, help: "全部格子一起看，这样的警报里有多大比例是偶然", cell: (one) => tiny(one.q), sort: (one) => one.q ?? 1 },
      { key: "since", name: "自何时", cell: (one) => moment(one.since), sort: (one) => one.since },
      { key: "until", name: "到何时", cell: (one) => (one.until ? moment(one.until) : "仍在继续"), sort: (one) => one.until ?? "9" },
    ],
  })];
}

const tiny = (p: number | null | undefined): string => (p === null || p === undefined ? "—" : p < 0.001 ? "< 0.001" : p.toFixed(3));
