// Events told by many: one row for each group, sorted, searched and filtered as the address says.
import { casesLink, downloadLinks, taxonomy } from "../../base/api.ts";
import type { Query, Taxonomy } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { filterBar, filterQuery } from "../../base/filters.ts";
import type { FilterField } from "../../base/filters.ts";
import { count, day, moment, percent, signed } from "../../base/format.ts";
import { key } from "../../base/keys.ts";
import { empty, lines, notice, working } from "../../base/notice.ts";
import { address, go, onState, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { bar, heading } from "../../base/text.ts";
import { csv, downloadText } from "../../base/file.ts";
import { alertChips } from "./head.ts";
import { sparkline } from "./people.ts";
import { MOST, readAlerts, readGroups, readHeat, readPage } from "./store.ts";
import type { Alert, Heat, Line } from "./store.ts";

const FIELDS: FilterField[] = [
  { name: "q", label: "查找", placeholder: "标题、地点" },
  "period", "category", "district", "department",
  { name: "min_cases", label: "件数", options: [["3", "3 件以上"], ["5", "5 件以上"], ["10", "10 件以上"]] },
  { name: "state", label: "情况", options: [["open", "未全部办结"], ["closed", "已全部办结"], ["growing", "在增长"], ["alerted", "有预警"]] },
];
const AT_ONCE = 60;
/** Days of the small lines where no period is chosen, and at most. */
const LINE_DAYS = 30;
const MOST_DAYS = 366;
const DAY_MS = 86_400_000;

type Row = Line & { alerts: Alert[] };
/** What stands beside the groups, by their ids. */
type Beside = { heat: Promise<Map<string, Heat>>; alerts: Map<string, Alert[]>; names: Taxonomy };
type Shown = Beside & { rows: Row[]; total: number; next: string | null };
/** Columns that the service sorts by. */
const ORDERS: Record<string, string> = { cases: "cases", people: "people", growth: "growth", last: "last_at" };

/** Draws the list of groups. */
export function showList(root: HTMLElement): void {
  const found = el("div", { class: "found" });
  const bar = filterBar({ fields: FIELDS });
  replace(root,
    heading("诉求组", el("p", { class: "note" }, "同一件事、多人反映的归为一组：系统随来随归，人可并、可拆、可撤销。")),
    bar, found);
  key("/", "查找诉求组", () => bar.querySelector<HTMLElement>("input[type=search]")?.focus());
  let asked = "";
  const read = () => {
    const query = asking();
    const mine = JSON.stringify(query);
    if (mine === asked || state().has("id")) return;
    const sorting = found.contains(document.activeElement) && document.activeElement?.closest("th") !== null;
    asked = mine;
    void working(found, async () => {
      // The heat of all groups takes longest: the list does not wait for it.
      const heat = readHeat(hotQuery()).catch(() => new Map<string, Heat>());
      const [names, alerts, page] = await Promise.all([taxonomy(), readAlerts().catch(() => new Map<string, Alert[]>()), readPage({ ...query, page_size: AT_ONCE })]);
      if (mine !== asked || !found.isConnected) return;
      const beside = { heat, alerts, names };
      draw(found, { ...beside, rows: page.items.map((line) => rowOf(line, beside)), total: page.total ?? page.items.length, next: page.next_cursor ?? null });
      // The heads are drawn anew: who sorts by keyboard stays on the column.
      if (sorting) found.querySelector<HTMLElement>("th[aria-sort] button")?.focus();
    }, lines(10));
  };
  onState(() => { if (found.isConnected) read(); });
  read();
}

const rowOf = (line: Line, { alerts }: Pick<Beside, "alerts">): Row => ({ ...line, alerts: alerts.get(line.id) ?? [] });

/** The heat of a group, once it is known. */
function heatOf({ id }: Row, { heat }: Pick<Beside, "heat">): HTMLElement {
  const cell = el("span", { class: "heat-cell" }, "…");
  void heat.then((known) => { cell.textContent = known.get(id)?.heat.toFixed(1) ?? "—"; });
  return cell;
}

/** What the address asks of the service, with days for the small lines. */
function asking(): Query {
  const query = filterQuery(FIELDS);
  const [from, to] = [query.from, query.to].map((said) => (said ? new Date(/T/.test(String(said)) ? String(said) : `${said}T00:00:00`).getTime() : NaN));
  const days = Number.isNaN(from) ? LINE_DAYS : Math.floor(((Number.isNaN(to) ? Date.now() : to!) - from!) / DAY_MS) + 1;
  return { ...query, sort: state().get("sort"), days: Math.min(MOST_DAYS, Math.max(1, days)) };
}

/** Heat since the beginning of the period, or of the last 60 days. */
function hotQuery(): Query {
  const { from, to, category, district, department } = filterQuery(FIELDS);
  return { to, category, district, department, from: from ?? day(Date.now() - 60 * DAY_MS) };
}

/** The column and the way that the address sorts by. */
function order(): { key: string; down: boolean } {
  const said = state().get("sort") ?? "-last_at";
  const name = said.replace(/^-/, "");
  return { key: Object.keys(ORDERS).find((column) => ORDERS[column] === name) ?? name, down: said.startsWith("-") };
}

const done = (row: Row) => row.closed >= row.cases;

function draw(place: HTMLElement, shown: Shown): void {
  const { rows, total, next } = shown;
  if (rows.length === 0) {
    replace(place, empty("没有符合条件的诉求组", el("p", {}, "清空查找，放宽时段，或去掉其他限制；两件以上说同一件事才成组。")));
    return;
  }
  const more = async () => {
    const page = await readPage({ ...asking(), page_size: AT_ONCE, cursor: next });
    draw(place, { ...shown, rows: [...rows, ...page.items.map((line) => rowOf(line, shown))], next: page.next_cursor ?? null });
  };
  const unseen = Math.min(AT_ONCE, total - rows.length);
  replace(place,
    el("div", { class: "found-head" },
      el("p", { role: "status" }, el("b", {}, `${count(total)} 组`)),
      el("span", { class: "downloads no-print", role: "group", "aria-label": "下载" }, icon("download"),
        el("button", { type: "button", class: "link", "aria-label": "下载诉求组 CSV", onclick: () => void save(shown) }, "CSV")),
      el("span", { class: "with-name no-print" }, "热点问题表", downloadLinks("/v1/hotspots", { ...hotQuery(), over: "event", top: 500 }))),
    listed(rows, shown),
    next && el("p", { class: "more no-print" },
      el("button", { type: "button", class: "quiet", onclick: () => void more().catch((error) => notice(error instanceof Error ? error.message : String(error), { tone: "bad" })) }, unseen > 0 ? `再显示 ${unseen} 组` : "再显示一些")));
}

function listed(rows: Row[], beside: Beside): HTMLElement {
  const { names } = beside;
  const open = (row: Row) => go({ id: row.id });
  const box = table<Row>({
    caption: "诉求组", quiet: true, rows, onRow: open, sort: order(), presorted: true,
    onSort: ({ key, down }) => go({ sort: `${down ? "-" : ""}${ORDERS[key] ?? key}` }, "replace"),
    columns: [
      { key: "title", name: "事件", wide: true, cell: (row) => title(row, names) },
      { key: "cases", name: "件", sort: (row) => row.cases, number: true, cell: (row) => casesLink(`/v1/complaints?issue=${row.id}`, count(row.cases)) },
      { key: "people", name: "人", sort: (row) => row.people, number: true, cell: (row) => count(row.people) },
      { key: "growth", name: "末 7 天", sort: (row) => row.recent - row.before, number: true, help: "至最近一次反映止的 7 天内的件数，及与再前 7 天之差",
        cell: (row) => [count(row.recent), el("small", { class: row.recent > row.before ? "up" : "" }, ` ${signed(row.recent - row.before)}`)] },
      { key: "line", name: "走势", cell: (row) => el("span", { class: "line" }, sparkline(row.days ?? [])) },
      { key: "heat", name: "热度", number: true, cell: (row) => heatOf(row, beside) },
      { key: "units", name: "归口单位", cell: (row) => row.departments.map((code) => names.name(code)).join("、") || "—" },
      { key: "done", name: "办结", cell: (row) => progressOf(row) },
      { key: "last", name: "最近反映", sort: (row) => row.last_at, number: true, cell: (row) => moment(row.last_at) },
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
  return el("span", { class: "closed" }, bar(row.closed / Math.max(1, row.cases)), el("span", {}, `${row.closed}/${row.cases}`), done(row) && el("span", { class: "hidden" }, "已全部办结"));
}

/** All groups that were asked for, in the order shown. */
async function save(beside: Beside): Promise<void> {
  const rows = (await readGroups(asking())).map((line) => rowOf(line, beside));
  const { names } = beside;
  const heat = await beside.heat;
  const heads = ["编号", "事件", "区县", "地点", "分类", "件数", "人数", "首次", "最近", "末7天", "再前7天", "热度", "归口单位", "办结件数", "办结比例", "预警"];
  downloadText("诉求组.csv", csv(heads, rows.map((row) => [row.id, row.title, row.district ?? "", row.place ?? "", row.category ? names.path(row.category) : "", row.cases, row.people,
    moment(row.first_at), moment(row.last_at), row.recent, row.before, heat.get(row.id)?.heat.toFixed(1) ?? "", row.departments.map((code) => names.name(code)).join("、"),
    row.closed, percent(row.closed / Math.max(1, row.cases)), row.alerts.map((alert) => alert.level_name).join("、")])));
  if (rows.length === MOST) notice(`文件最多 ${count(MOST)} 组；更多的请缩小时段`);
}
