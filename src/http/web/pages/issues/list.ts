// Events told by many: one row for each group, sorted, searched and filtered as the address says.
import { casesLink, downloadLinks, taxonomy } from "../../base/api.ts";
import type { Query, Taxonomy } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { filterBar, filterQuery } from "../../base/filters.ts";
import type { FilterField } from "../../base/filters.ts";
import { count, day, moment, percent, signed } from "../../base/format.ts";
import { key } from "../../base/keys.ts";
import { empty, lines, working } from "../../base/notice.ts";
import { address, go, onState, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { bar, heading } from "../../base/text.ts";
import { csv, downloadText } from "../../base/file.ts";
import { alertChips } from "./head.ts";
import type { Group } from "./names.ts";
import { sparkline } from "./people.ts";
import { MOST, PAGE, readAlerts, readDays, readGroups, readHeat } from "./store.ts";
import type { Alert, Heat } from "./store.ts";

const FIELDS: FilterField[] = [
  "period", "category", "district",
  { name: "min_cases", label: "件数", options: [["3", "3 件以上"], ["5", "5 件以上"], ["10", "10 件以上"]] },
  { name: "state", label: "状态", options: [["open", "在办"], ["done", "已全部办结"], ["growing", "在增长"], ["alert", "有预警"]] },
  { name: "q", label: "查找", placeholder: "标题、地点" },
];
/** Of these, what the API knows. */
const ASKED: FilterField[] = FIELDS.slice(0, 4);
const AT_ONCE = 60;
/** Days of the small lines where no period is chosen. */
const LINE_DAYS = 30;

type Row = Group & { heat: Heat | undefined; alerts: Alert[] };
/** What the columns sort by. */
const ORDERS: Record<string, (row: Row) => number | string> = {
  title: (row) => row.title,
  cases: (row) => row.cases,
  people: (row) => row.people,
  growth: (row) => row.recent - row.before,
  heat: (row) => row.heat?.heat ?? -1,
  done: (row) => row.heat?.status.closed_share ?? -1,
  last: (row) => row.last_at,
};

/** Draws the list of groups. */
export function showList(root: HTMLElement): void {
  const found = el("div", { class: "found" });
  const bar = filterBar({ fields: FIELDS });
  replace(root,
    heading("诉求组", el("p", { class: "note" }, "同一件事、多人反映的归为一组：系统随来随归，人可并、可拆、可撤销。")),
    bar, found);
  key("/", "查找诉求组", () => bar.querySelector<HTMLElement>("input[type=search]")?.focus());
  let asked = "";
  let shown: { rows: Row[]; more: boolean; names: Taxonomy } | null = null;
  const show = () => { if (shown && !state().has("id")) draw(found, shown.rows, shown.more, shown.names); };
  const read = () => {
    const query = filterQuery(ASKED);
    if (JSON.stringify(query) === asked) return show();
    asked = JSON.stringify(query);
    void working(found, async () => {
      const [names, heat, alerts] = await Promise.all([taxonomy(), readHeat(hotQuery()).catch(() => new Map<string, Heat>()), readAlerts().catch(() => new Map<string, Alert[]>())]);
      const mine = asked;
      await readGroups(query, (groups, more) => {
        if (mine !== asked || !found.isConnected) return false;
        shown = { rows: groups.map((group) => ({ ...group, heat: heat.get(group.id), alerts: alerts.get(group.id) ?? [] })), more, names };
        // The first page at once, then all: what is being read and pointed at must not move with every page.
        if (groups.length <= PAGE || !more || groups.length >= MOST) show();
        return true;
      });
    }, lines(10));
  };
  onState(() => { if (found.isConnected) read(); });
  read();
}

/** Heat since the beginning of the period, or of the last 60 days. */
function hotQuery(): Query {
  const { min_cases: _, ...query } = filterQuery(ASKED);
  return { ...query, from: query.from ?? day(Date.now() - 60 * 86_400_000) };
}

/** Which rows the address asks for, in its order. */
function wanted(rows: Row[]): Row[] {
  const now = state();
  const words = (now.get("q") ?? "").split(/\s+/).filter(Boolean);
  const kept = rows.filter((row) => words.every((word) => `${row.title}${row.place ?? ""}${row.district ?? ""}`.includes(word)) && stands(row, now.get("state")));
  const { key: column, down } = order();
  const by = ORDERS[column] ?? ORDERS.last!;
  const ranked = kept.map((row) => ({ row, value: by(row) }));
  ranked.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0) * (down ? -1 : 1));
  return ranked.map(({ row }) => row);
}

/** `sort=cases` goes down, `sort=-cases` up. */
function order(): { key: string; down: boolean } {
  const said = state().get("sort") ?? "last";
  return said.startsWith("-") ? { key: said.slice(1), down: false } : { key: said, down: true };
}

const done = (row: Row) => row.heat !== undefined && row.heat.status.closed >= row.heat.cases;

function stands(row: Row, which: string | null): boolean {
  if (which === "open") return !done(row);
  if (which === "done") return done(row);
  if (which === "growing") return row.recent > Math.max(1, row.before) && Date.now() - new Date(row.last_at).getTime() < 7 * 86_400_000;
  return which !== "alert" || row.alerts.some((alert) => alert.state !== "dismissed");
}

function draw(place: HTMLElement, all: Row[], more: boolean, names: Taxonomy, limit = AT_ONCE): void {
  const rows = wanted(all);
  const sorting = place.contains(document.activeElement) && document.activeElement?.closest("th") !== null;
  if (all.length === 0) {
    replace(place, empty("没有符合条件的诉求组", el("p", {}, "放宽时段，或去掉分类、区县的限制；两件以上说同一件事才成组。")));
    return;
  }
  const cases = rows.reduce((sum, row) => sum + row.cases, 0);
  replace(place,
    el("div", { class: "found-head" },
      el("p", { role: "status" }, el("b", {}, `${count(rows.length)} 组`), `，共 ${count(cases)} 件`,
        rows.length < all.length && `（${count(all.length)} 组中）`,
        more && (all.length < MOST ? "，还在读取……" : `；只读了最近有人反映的 ${count(MOST)} 组，更早的请缩小时段`)),
      el("span", { class: "downloads no-print", role: "group", "aria-label": "下载" }, icon("download"),
        el("button", { type: "button", class: "link", "aria-label": "下载诉求组 CSV", onclick: () => save(rows, names) }, "CSV")),
      el("span", { class: "with-name no-print" }, "热点问题表", downloadLinks("/v1/hotspots", { ...hotQuery(), over: "event", top: 500 }))),
    listed(rows.slice(0, limit), names),
    rows.length > limit && el("p", { class: "more no-print" },
      el("button", { type: "button", class: "quiet", onclick: () => draw(place, all, more, names, limit + AT_ONCE * 2) }, `再显示 ${Math.min(AT_ONCE * 2, rows.length - limit)} 组`)));
  // The heads are drawn anew: who sorts by keyboard stays on the column.
  if (sorting) place.querySelector<HTMLElement>("th[aria-sort] button")?.focus();
}

function listed(rows: Row[], names: Taxonomy): HTMLElement {
  const open = (row: Row) => go({ id: row.id });
  const box = table<Row>({
    caption: "诉求组", quiet: true, rows, onRow: open, sort: order(), presorted: true,
    onSort: ({ key, down }) => go({ sort: `${down ? "" : "-"}${key}` }, "replace"),
    empty: "没有符合的；清空查找，或把状态改为“全部”。",
    columns: [
      { key: "title", name: "事件", sort: ORDERS.title!, wide: true, cell: (row) => title(row, names) },
      { key: "cases", name: "件", sort: ORDERS.cases!, number: true, cell: (row) => casesLink(`/v1/complaints?issue=${row.id}`, count(row.cases)) },
      { key: "people", name: "人", sort: ORDERS.people!, number: true, cell: (row) => count(row.people) },
      { key: "growth", name: "末 7 天", sort: ORDERS.growth!, number: true, help: "至最近一次反映止的 7 天内的件数，及与再前 7 天之差",
        cell: (row) => [count(row.recent), el("small", { class: row.recent > row.before ? "up" : "" }, ` ${signed(row.recent - row.before)}`)] },
      { key: "line", name: "走势", cell: (row) => lazyLine(row) },
      { key: "heat", name: "热度", sort: ORDERS.heat!, number: true, cell: (row) => row.heat?.heat.toFixed(1) ?? "—" },
      { key: "units", name: "归口单位", cell: (row) => row.heat?.units.map((unit) => unit.name).join("、") ?? "—" },
      { key: "done", name: "办结", sort: ORDERS.done!, cell: (row) => progressOf(row) },
      { key: "last", name: "最近反映", sort: ORDERS.last!, number: true, cell: (row) => moment(row.last_at) },
    ],
  });
  box.classList.add("groups");
  return box;
}

function title(row: Row, names: Taxonomy): HTMLElement {
  return el("span", { class: "event" },
    el("a", { href: address({ id: row.id }), onclick: (event: MouseEvent) => { if (!event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); go({ id: row.id }); } } }, row.title),
    alertChips(row.alerts, row),
    el("small", {}, `${row.category ? names.path(row.category) : "未分类"} · 首次 ${day(row.first_at)}`));
}

function progressOf(row: Row): HTMLElement {
  if (!row.heat) return el("span", {}, "—");
  const { closed, closed_share: share } = row.heat.status;
  return el("span", { class: "closed" }, bar(share), el("span", {}, `${closed}/${row.heat.cases}`), done(row) && el("span", { class: "hidden" }, "已全部办结"));
}

// ── small lines: read when they come into view, few at a time ───────────────────────────────────────────────────────

const drawn = new Map<string, Promise<number[]>>();
const waiting: (() => void)[] = [];
let running = 0;
const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    void fillLine(target as HTMLElement);
  }
});

function lazyLine(row: Group): HTMLElement {
  const place = el("span", { class: "line", "data-issue": row.id });
  watcher.observe(place);
  return place;
}

async function fillLine(place: HTMLElement): Promise<void> {
  const from = state().get("from") ?? day(Date.now() - (LINE_DAYS - 1) * 86_400_000);
  const what = `${place.dataset.issue!} ${from}`;
  const counts = drawn.get(what) ?? soon(() => readDays(place.dataset.issue!, from));
  drawn.set(what, counts);
  try {
    replace(place, sparkline(await counts));
  } catch {
    drawn.delete(what);
    replace(place, "—");
  }
}

async function soon<T>(work: () => Promise<T>): Promise<T> {
  if (running >= 4) await new Promise<void>((next) => waiting.push(next));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

function save(rows: Row[], names: Taxonomy): void {
  const heads = ["编号", "事件", "区县", "地点", "分类", "件数", "人数", "首次", "最近", "末7天", "再前7天", "热度", "归口单位", "办结件数", "办结比例", "预警"];
  downloadText("诉求组.csv", csv(heads, rows.map((row) => [row.id, row.title, row.district ?? "", row.place ?? "", row.category ? names.path(row.category) : "", row.cases, row.people,
    moment(row.first_at), moment(row.last_at), row.recent, row.before, row.heat ? row.heat.heat.toFixed(1) : "", row.heat?.units.map((unit) => unit.name).join("、") ?? "",
    row.heat?.status.closed ?? "", row.heat ? percent(row.heat.status.closed_share) : "", row.alerts.map((alert) => alert.level_name).join("、")])));
}
