// 排行: what is hot, why, how many people, since when; each leads to its cases and opens beside the list.
import { casesLink, downloadLinks, get, type Schema } from "../../base/api.ts";
import { el, replace } from "../../base/dom.ts";
import { change, count, moment, percent } from "../../base/format.ts";
import { go, onState, state } from "../../base/state.ts";
import { empty, failure, lines } from "../../base/notice.ts";
import { table, type Column } from "../../base/table.ts";
import { choice, redraw, region } from "./controls.ts";
import { asOf, COMMON, narrowed, window } from "./look.ts";
import { panel } from "./panel.ts";
import { heatBar, legend, plainBar, points } from "./parts.ts";
import { weighing, weights } from "./weights.ts";

type Hotspots = Schema<"Hotspots">;
type Hotspot = Schema<"Hotspot">;

const OVER = { event: "诉求组", cell: "分类 × 区县", street: "分类 × 街道" } as const;
const FORMULAS: Record<string, string> = {
  guikou: "归口热度（五部分）", count: "件数", span: "泰迪杯 0.6·N", teddy: "泰迪杯 N/天数", regression: "泰迪杯 回归", hn: "Hacker News", reddit: "Reddit",
};

/** The tab: controls, the list, and beside it the hotspot that is open. */
export function ranking(): HTMLElement {
  const side = el("aside", { class: "rank-side", "aria-label": "一个热点" });
  const both = el("div", { class: "rank" });
  let hot: Hotspots | null = null;
  const list = region([...COMMON, "over", "formula", "weights", "top"], lines(10), async (place) => {
    const query = asked();
    hot = await get<Hotspots>("/v1/hotspots", query).catch((error: unknown) => {
      if (query.weights === null) throw error;
      // Weights from a link may be senseless: what is wrong is told, and the usual ones are at hand.
      replace(place, failure(error), el("p", {}, el("button", { type: "button", class: "quiet", onclick: () => go({ weights: null }) }, "恢复默认权重")));
      return null;
    });
    if (!hot) return;
    redraw(place, ...drawn(hot, query));
    delete side.dataset.shown;
    open(hot, side, both);
  });
  both.append(list, side);
  onState(() => { if (hot && both.isConnected) open(hot, side, both); });
  return el("div", {},
    el("div", { class: "choices no-print" },
      choice("排什么", "over", OVER, "event"), choice("公式", "formula", FORMULAS, "guikou"),
      choice("列出", "top", { 20: "前 20", 50: "前 50", 100: "前 100", 500: "全部" }, "20")),
    both);
}

/** What the API is asked for. */
function asked(): Record<string, string | null> {
  const now = state();
  return { ...narrowed(), ...window(), over: now.get("over"), formula: now.get("formula"), weights: weights(), top: now.get("top") };
}

function drawn(hot: Hotspots, query: Record<string, string | null>): HTMLElement[] {
  if (hot.rows.length === 0) {
    return [empty("这几天没有热点", el("p", {}, "至少 2 件说同一件事才算热点。可以把期间放长，或去掉上面的筛选。"))];
  }
  const hottest = Math.max(...hot.rows.map((spot) => spot.heat));
  const ours = hot.formula.code === "guikou";
  return [
    el("div", { class: "rank-head" },
      el("p", {}, `${moment(hot.from)} 至 ${moment(hot.to)}，`, el("b", {}, count(hot.total)), ` 个热点，列出 ${count(hot.rows.length)} 个。`,
        " ", el("span", { class: "soft" }, `热度 = ${hot.formula.written}`)),
      ours && legend(hot.formula), ours && weighing(hot.formula)),
    table<Hotspot>({
      caption: `${OVER[hot.over as keyof typeof OVER] ?? ""}热点，按热度由高到低`, quiet: true,
      columns: columns(hottest, ours), rows: hot.rows, onRow: (spot) => go({ open: spot.id }),
    }),
    el("dl", { class: "downloads-named" },
      ...named("热点问题表", query, "hotspots"), ...named("热点问题留言明细表", query, "details"), ...named("全部数字", query, "figures")),
  ];
}

function named(name: string, query: Record<string, string | null>, which: string): HTMLElement[] {
  return [el("dt", {}, name), el("dd", {}, downloadLinks("/v1/hotspots", { ...query, table: which }, ["csv", "xlsx"]))];
}

function columns(hottest: number, ours: boolean): Column<Hotspot>[] {
  const heat = ours ? points : (value: number) => (Math.abs(value) < 1 ? value.toPrecision(2) : value.toFixed(1));
  return [
    { key: "rank", name: "名次", number: true, cell: (spot) => count(spot.rank), sort: (spot) => spot.rank },
    {
      key: "title", name: "地点和问题", wide: true, sort: (spot) => spot.title,
      cell: (spot) => el("div", { class: "what" },
        el("button", { type: "button", class: "link", "data-open": spot.id, onclick: (event: Event) => { event.stopPropagation(); go({ open: spot.id }); } }, spot.title),
        el("p", {}, spot.units.slice(0, 2).map((unit) => unit.name).join("、")),
        // What a narrow screen would have to be pushed aside for.
        el("div", { class: "at-hand" },
          ours ? heatBar(spot, hottest) : plainBar(spot.heat, hottest), `${heat(spot.heat)} 分，${count(spot.people)} 人 `, casesLink(spot.link, `${count(spot.cases)} 件`))),
    },
    {
      key: "heat", name: "热度", sort: (spot) => spot.heat,
      cell: (spot) => el("div", { class: "heat" }, el("b", {}, heat(spot.heat)), ours ? heatBar(spot, hottest) : plainBar(spot.heat, hottest)),
    },
    {
      key: "cases", name: "件数", number: true, sort: (spot) => spot.cases, cell: (spot) => casesLink(spot.link, count(spot.cases)),
    },
    { key: "people", name: "人数", number: true, sort: (spot) => spot.people, cell: (spot) => count(spot.people) },
    {
      key: "growth", name: "比上期", number: true, help: "与上一个同样长的时段比；上一时段不足 20 件不给比例",
      sort: (spot) => (spot.growth.before === null || spot.growth.before === undefined ? null : spot.cases - spot.growth.before), cell: growth,
    },
    { key: "since", name: "首件", sort: (spot) => spot.first_at, cell: (spot) => el("time", { datetime: spot.first_at }, moment(spot.first_at)) },
    { key: "last", name: "最近", sort: (spot) => spot.last_at, cell: (spot) => el("time", { datetime: spot.last_at }, moment(spot.last_at)) },
    {
      key: "overdue", name: "超期", number: true, help: "应答未答而过期限的件数", sort: (spot) => spot.parts.returns.overdue,
      cell: (spot) => (spot.parts.returns.overdue > 0
        ? casesLink(asOf() ? null : `${spot.link}&overdue=true`, el("span", { class: "late" }, count(spot.parts.returns.overdue))) : "0"),
    },
    { key: "closed", name: "办结率", number: true, sort: (spot) => spot.status.closed_share, cell: (spot) => percent(spot.status.closed_share) },
  ];
}

function growth(spot: Hotspot): HTMLElement | string {
  const { before, change: grown } = spot.growth;
  if (before === null || before === undefined) return "—";
  if (grown !== null && grown !== undefined) return change(grown);
  return el("span", { class: "soft" }, before === 0 ? "上期 0" : `上期 ${count(before)}`);
}

// ── the side: one hotspot, whole ────────────────────────────────────────────────────────────────────────────────────

function open(hot: Hotspots, side: HTMLElement, both: HTMLElement): void {
  const id = state().get("open");
  if (id === (side.dataset.shown ?? null)) return;
  const before = side.dataset.shown;
  const spot = hot.rows.find((row) => row.id === id);
  both.classList.toggle("opened", Boolean(spot));
  if (!spot) {
    delete side.dataset.shown;
    replace(side);
    if (before) both.querySelector<HTMLElement>(`[data-open="${CSS.escape(before)}"]`)?.focus();
    return;
  }
  side.dataset.shown = spot.id;
  replace(side, panel(spot, hot));
  side.querySelector<HTMLElement>("h2")?.focus();
}
