// 分布: districts by matters, a domain first, its categories one step down; every cell leads to its cases.
import { casesLink, downloadLinks, get, taxonomy, type Schema } from "../../base/api.ts";
import { chart, palette } from "../../base/chart.ts";
import { el, icon, replace, type Child } from "../../base/dom.ts";
import { count, percent, signed } from "../../base/format.ts";
import { block, empty } from "../../base/notice.ts";
import { go, state } from "../../base/state.ts";
import { choice, region } from "./controls.ts";
import { heatLegend, heatTable, type HeatCell } from "./heat.ts";
import { COMMON, later, narrowed, span, wholeDays } from "./look.ts";

type Volumes = Schema<"Volumes">;
type Row = Schema<"Volume">;

const MEASURES = { cases: "件数", share: "占该区县", change: "比上期增减" } as const;
type Measure = keyof typeof MEASURES;

/** The tab. */
export function spread(): HTMLElement {
  return el("div", { class: "stack" },
    el("div", { class: "choices no-print" }, choice("格里写", "cell", MEASURES, "cases")),
    region([...COMMON, "domain", "cell"], block(560), draw));
}

async function draw(place: HTMLElement): Promise<void> {
  const domain = state().get("domain");
  const measure = (state().get("cell") ?? "cases") as Measure;
  const days = wholeDays();
  const query = { ...narrowed(), ...days, category: narrowed().category ?? domain, by: domain ? "category,district" : "domain,district" };
  const earlier = { ...query, from: later(days.from, -span()), to: later(days.from, -1) };
  const [now, before, names] = await Promise.all([
    get<Volumes>("/v1/volumes", query),
    measure === "change" ? get<Volumes>("/v1/volumes", earlier) : null,
    taxonomy(),
  ]);
  const title = domain ? `${names.name(domain)}：二级分类 × 区县` : "一级分类 × 区县";
  if (now.total === 0) {
    replace(place, domain && trail(names.name(domain)), empty("这几天没有案件", el("p", {}, "把期间放长，或去掉上面的筛选。")));
    return;
  }
  const cells = (row: Row): HeatCell[] => cellsOf(row, now, before, measure);
  const drawn = () => heatTable({
    caption: `${title}，${MEASURES[measure]}`, corner: domain ? "二级分类" : "一级分类", diverging: measure === "change",
    columns: columnsOf(now).map((column) => ({ name: column.name, head: column.name })),
    rows: rowsOf(now, before).map((row) => ({
      name: row.name, head: rowHead(row, domain), cells: cells(row),
      total: measure === "change" ? signed(row.cases - beforeRow(row, before)) : casesLink(row.link, count(row.cases)),
    })),
    totals: columnsOf(now).map((column) => (measure === "change"
      ? signed(column.cases - (before?.columns?.find((one) => one.code === column.code)?.cases ?? 0))
      : casesLink(column.link, count(column.cases)))),
    whole: measure === "change" ? signed(now.total - (before?.total ?? 0)) : casesLink(now.link, count(now.total)),
  });
  replace(place,
    domain && trail(names.name(domain)),
    el("div", { class: "block-head" },
      el("h3", {}, title), heatLegend(measure === "change"), downloadLinks("/v1/volumes", query, ["csv", "xlsx", "parquet"])),
    el("p", { class: "soft" }, sentence(now, days, measure)),
    drawn(),
    picture(title, now, rowsOf(now, before).map((row) => ({ row, cells: cells(row) })), measure));
}

/** As the API orders them, with kinds of matters that only the earlier days had at the end. */
function rowsOf(now: Volumes, before: Volumes | null): Row[] {
  const gone = (before?.rows ?? []).filter((row) => !now.rows.some((one) => one.code === row.code));
  return [...now.rows, ...gone.map((row) => ({ ...row, cases: 0, people: 0, link: null, cells: [] }))];
}

const columnsOf = (now: Volumes) => now.columns ?? [];
const beforeRow = (row: Row, before: Volumes | null): number => before?.rows.find((one) => one.code === row.code)?.cases ?? 0;

function cellsOf(row: Row, now: Volumes, before: Volumes | null, measure: Measure): HeatCell[] {
  const old = before?.rows.find((one) => one.code === row.code);
  return columnsOf(now).map((column, at) => {
    const cell = row.cells?.[at];
    const cases = cell?.cases ?? 0;
    const said = `${column.name} ${row.name}：${count(cases)} 件`;
    if (measure === "share") return { value: column.cases > 0 ? cases / column.cases : null, text: cases > 0 ? percent(cases / column.cases) : "", link: cell?.link, title: said };
    if (measure === "cases") return { value: cases, text: cases > 0 ? count(cases) : "", link: cases > 0 ? cell?.link : null, title: said };
    const where = before?.columns?.findIndex((one) => one.code === column.code) ?? -1;
    const earlier = where >= 0 ? old?.cells?.[where]?.cases ?? 0 : 0;
    const more = cases - earlier;
    return { value: more, text: more === 0 && cases === 0 ? "" : signed(more), link: cases > 0 ? cell?.link : null, title: `${said}，上期 ${count(earlier)} 件` };
  });
}

function rowHead(row: Row, domain: string | null): Child {
  if (domain || !row.code || row.code === "-") return row.name;
  return el("button", { type: "button", class: "link", title: "看它的二级分类", onclick: () => go({ domain: row.code! }) }, row.name);
}

function trail(name: string): HTMLElement {
  return el("nav", { class: "trail", "aria-label": "下钻到哪里" },
    el("button", { type: "button", class: "link", onclick: () => go({ domain: null }) }, icon("back"), "全部一级分类"),
    el("span", { "aria-current": "true" }, name));
}

function sentence(now: Volumes, days: { from: string; to: string }, measure: Measure): string {
  const nowhere = now.columns?.find((column) => column.code === "-")?.cases ?? 0;
  const top = now.rows[0];
  return [
    `${days.from} 至 ${days.to} 共 ${count(now.total)} 件`,
    top && top.cases > 0 && `最多的是${top.name}（${count(top.cases)} 件）`,
    nowhere > 0 && `${count(nowhere)} 件没有读出区县`,
    measure === "change" && `上期为紧接其前同样长的 ${span()} 天`,
  ].filter(Boolean).join("，") + "。";
}

/** The same as a picture, for slides and papers. */
function picture(title: string, now: Volumes, rows: { row: Row; cells: HeatCell[] }[], measure: Measure): HTMLElement {
  const values = rows.flatMap(({ cells }, y) => cells.map((cell, x) => ({ value: [x, y, cell.value ?? 0] as [number, number, number], text: cell.text })));
  const most = Math.max(1e-9, ...values.map(({ value }) => Math.abs(value[2])));
  const details = el("details", { class: "as-picture no-print" }, el("summary", {}, "成图（可存 PNG、SVG）"));
  details.addEventListener("toggle", () => {
    if (!details.open || details.childElementCount > 1) return;
    details.append(chart({
      title, height: 60 + rows.length * 26, level: 3, summary: `颜色越深${measure === "change" ? "增减越大" : "越多"}，格里是${MEASURES[measure]}。`,
      table: () => el("p", {}, "表在上面。"),
      option: () => {
        const colours = palette();
        return {
          grid: { left: 4, right: 8, top: 8, bottom: 4, containLabel: true },
          xAxis: { type: "category", position: "top", data: columnsOf(now).map((column) => column.name), axisLabel: { interval: 0, rotate: 30 } },
          yAxis: { type: "category", inverse: true, data: rows.map(({ row }) => row.name) },
          visualMap: {
            show: false, dimension: 2, min: measure === "change" ? -most : 0, max: most,
            inRange: { color: measure === "change" ? [colours.tell, colours.surface, colours.bad] : [colours.surface, ...colours.heat] },
          },
          series: [{
            type: "heatmap", data: values,
            label: { show: true, color: colours.ink, fontSize: 11, formatter: (at) => (at.data as { text: string }).text },
          }],
        };
      },
    }));
  });
  return details;
}
