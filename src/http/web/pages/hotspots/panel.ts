// One hotspot whole, beside the ranking: why it is hot, since when, against what baseline, who has it, its cases.
import { casesAddress, casesLink, get, type Schema } from "../../base/api.ts";
import { chart, palette } from "../../base/chart.ts";
import { dayName, ground, groundSaid } from "../../base/days.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { count, day, moment, percent } from "../../base/format.ts";
import { block, lines, working } from "../../base/notice.ts";
import { go } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { chip } from "../../base/text.ts";
import { dayOf, later } from "./look.ts";
import { explained, points } from "./parts.ts";

type Hotspots = Schema<"Hotspots">;
type Hotspot = Schema<"Hotspot">;
type Volume = Schema<"Volume">;

/** So much history is drawn before the days that were ranked. */
const WEEKS_BEFORE = 8;
const CASES_SHOWN = 8;

/** Builds the panel of one hotspot; what has to be asked for comes when it comes. */
export function panel(spot: Hotspot, hot: Hotspots): HTMLElement {
  const shut = () => go({ open: null });
  const timeline = el("div", {});
  const cases = el("div", {});
  const node = el("section", {
    class: "panel", "aria-labelledby": "panel-title",
    onkeydown: (event: KeyboardEvent) => { if (event.key === "Escape") shut(); },
  },
    el("header", {},
      el("h2", { id: "panel-title", tabindex: "-1" }, spot.title),
      el("button", { type: "button", class: "bare", "aria-label": "关闭，回到排行", onclick: shut }, icon("close"))),
    facts(spot),
    el("p", { class: "ways" },
      casesLink(spot.link, `看这 ${count(spot.cases)} 件案件`),
      isGroup(spot) && el("a", { href: `/issues?id=${encodeURIComponent(spot.id)}` }, "打开诉求组"),
      spot.representative && el("a", { href: `/cases?id=${encodeURIComponent(spot.representative)}` }, "最有代表性的一件")),
    spot.keywords.length > 0 && el("p", { class: "chips" }, spot.keywords.map((word) => chip(word))),
    el("h3", {}, "为什么热：", el("b", {}, points(total(spot))), " 分"),
    explained(spot, hot.formula),
    timeline,
    el("h3", {}, "办得怎样"), handling(spot),
    el("h3", {}, "最近的案件"), cases);
  void working(timeline, () => drawTimeline(timeline, spot, hot), block(220));
  void working(cases, () => drawCases(cases, spot), lines(5));
  return node;
}

const isGroup = (spot: Hotspot): boolean => !spot.id.includes("@");
const total = ({ parts }: Hotspot): number => Object.values(parts).reduce((sum, part) => sum + part.points, 0);

function facts(spot: Hotspot): HTMLElement {
  const pair = (name: string, text: string | HTMLElement) => el("div", {}, el("dt", {}, name), el("dd", {}, text));
  return el("dl", { class: "facts" },
    pair("件数", casesLink(spot.link, count(spot.cases))), pair("人数", count(spot.people)),
    pair("首件", moment(spot.first_at)), pair("最近", moment(spot.last_at)),
    pair("分类", spot.category?.name ?? "—"), pair("区县", spot.district ?? "—"));
}

function handling({ status, units, parts }: Hotspot): HTMLElement {
  return el("div", { class: "handling" },
    el("p", {}, units.map((unit) => `${unit.name} ${count(unit.cases)} 件`).join("，") || "还没有归口单位"),
    el("p", {}, `已办结 ${count(status.closed)} 件（${percent(status.closed_share)}）；`,
      `超期未答 ${count(parts.returns.overdue)} 件；`,
      status.followed_up > 0
        ? `回访 ${count(status.followed_up)} 件，满意率 ${percent(status.satisfied_share)}`
        : "还没有回访"));
}

// ── the timeline ────────────────────────────────────────────────────────────────────────────────────────────────────

/** The filter that means just this hotspot, of all times. */
function itself(spot: Hotspot): Record<string, string> {
  const asked = new URL(spot.link, location.origin).searchParams;
  asked.delete("from");
  asked.delete("to");
  return Object.fromEntries(asked);
}

async function drawTimeline(place: HTMLElement, spot: Hotspot, hot: Hotspots): Promise<void> {
  const last = dayOf(Date.parse(hot.as_of));
  const first = dayOf(Date.parse(hot.from));
  const rows = await countsBefore(spot, first, last);
  const before = rows.filter((row) => row.name < first);
  const usual = before.length > 0 ? before.reduce((sum, row) => sum + row.cases, 0) / before.length : 0;
  replace(place, chart({
    title: "从何时起：逐日件数", height: 180, level: 3,
    summary: `此前 ${before.length} 天平均每天 ${usual.toFixed(2)} 件（虚线）；所看的 ${rows.length - before.length} 天共 ${count(spot.cases)} 件。${groundSaid(rows.map((row) => row.day))}`,
    option: () => timelineOption(rows, first, usual),
    table: () => table<Volume>({
      caption: "逐日件数", dense: true, rows: rows.filter((row) => row.cases > 0),
      columns: [
        { key: "day", name: "日期", cell: (row) => [row.name, dayName(row.day) && el("small", {}, ` ${dayName(row.day)}`)] },
        { key: "cases", name: "件数", number: true, cell: (row) => casesLink(row.link, count(row.cases)) },
      ],
    }),
    onClick: (at) => {
      const row = rows[(at as { dataIndex: number }).dataIndex];
      if (row?.link) location.assign(casesAddress(row.link));
    },
  }));
}

async function countsBefore(spot: Hotspot, first: string, last: string): Promise<Volume[]> {
  const query = { ...itself(spot), by: "day", from: later(first, -7 * WEEKS_BEFORE), to: last };
  return (await get<Schema<"Volumes">>("/v1/volumes", query)).rows;
}

function timelineOption(rows: Volume[], first: string, usual: number) {
  const colours = palette();
  return {
    grid: { left: 4, right: 8, top: 12, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis" as const, renderMode: "richText" as const },
    xAxis: { type: "category" as const, data: rows.map((row) => day(row.name).slice(5)), ...ground(rows.map((row) => row.day)) },
    yAxis: { type: "value" as const, minInterval: 1 },
    series: [{
      type: "bar" as const, name: "件数", barCategoryGap: "15%",
      data: rows.map((row) => ({ value: row.cases, itemStyle: { color: row.name >= first ? colours.accent : colours.soft } })),
      markLine: {
        silent: true, symbol: "none", label: { show: false },
        lineStyle: { color: colours.soft, type: "dashed" as const }, data: [{ yAxis: usual }],
      },
    }],
  };
}

// ── the latest cases ────────────────────────────────────────────────────────────────────────────────────────────────

async function drawCases(place: HTMLElement, spot: Hotspot): Promise<void> {
  const url = new URL(spot.link, location.origin);
  url.searchParams.set("page_size", String(CASES_SHOWN));
  const page = await get<Schema<"Page">>(url.pathname + url.search);
  const rest = spot.cases - page.items.length;
  replace(place,
    el("ol", { class: "cases-short" }, page.items.map((one) => el("li", {},
      el("a", { href: `/cases?id=${encodeURIComponent(one.id)}` }, one.title || excerpt(one)),
      el("small", {}, `${moment(one.received_at)}${one.channel ? ` · ${one.channel}` : ""}`)))),
    rest > 0 && el("p", {}, casesLink(spot.link, `其余 ${count(rest)} 件`)));
}

const excerpt = (one: { text?: string | null }): string => one.text?.slice(0, 60) || "内容受保护";
