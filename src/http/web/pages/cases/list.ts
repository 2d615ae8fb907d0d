// The list behind a number: conditions in words, how many, page by page, as files.

import { downloadLinks, get, type Taxonomy } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { filterBar, type FilterField } from "../../base/filters.ts";
import { count, moment } from "../../base/format.ts";
import { key } from "../../base/keys.ts";
import { empty, lines, working } from "../../base/notice.ts";
import { address, go, onState, state } from "../../base/state.ts";
import { type Column, table } from "../../base/table.ts";
import { chip, heading } from "../../base/text.ts";
import { chips, conditions, sentence } from "./chips.ts";
import { excerpt, wordsOf } from "./found.ts";
import { type Case, type CasePage, decisionChip, isProtected, left, owesAnswer, statusChip, STATUSES, DECISIONS, urgencyChip } from "./words.ts";

const PAGE = 50;
const MOST_IN_FILE = 10_000;
const KEPT = "guikou-case-columns";
const USUAL = ["received", "text", "category", "place", "unit", "status", "due"];

type Told = Column<Case> & { always?: boolean };

function columns(names: Taxonomy, words: string[] = []): Told[] {
  return [
    { key: "received", name: "受理时间", always: true, sort: (one) => one.received_at, cell: (one) => el("a", { href: `/cases?id=${one.id}` }, moment(one.received_at)) },
    { key: "reference", name: "工单编号", sort: (one) => one.reference, cell: (one) => one.reference ?? "—" },
    { key: "text", name: "诉求", wide: true, always: true, cell: (one) => excerpt(one, words, [isProtected(one) && icon("lock"), urgencyChip(one.urgency)]) },
    { key: "category", name: "分类", sort: (one) => one.final_category ?? one.category?.code, cell: (one) => names.name(one.final_category ?? one.category?.code) },
    { key: "petition", name: "诉求类型", sort: (one) => one.petition?.name, cell: (one) => one.petition?.name ?? "—" },
    { key: "place", name: "区县", sort: (one) => one.district, cell: (one) => one.district ?? "—" },
    { key: "street", name: "街道、社区", cell: (one) => [one.street, one.community].filter(Boolean).join(" · ") || "—" },
    { key: "unit", name: "承办单位", sort: (one) => unitOf(one), cell: (one) => (one.final_unit ?? one.handler ? names.name(unitOf(one)) : el("span", { class: "soft" }, one.unit ? `建议 ${names.name(one.unit.code)}` : "—")) },
    { key: "decision", name: "建议", sort: (one) => one.decision, cell: (one) => decisionChip(one.decision) },
    { key: "status", name: "状态", sort: (one) => one.status, cell: (one) => statusChip(one.status) },
    { key: "due", name: "答复期限", sort: (one) => one.due_at, cell: dueCell },
    { key: "channel", name: "渠道", sort: (one) => one.channel, cell: (one) => one.channel ?? "—" },
    { key: "issue", name: "诉求组", cell: (one) => (one.issue ? el("a", { href: `/issues?id=${one.issue}` }, "同组") : "—") },
  ];
}

const unitOf = (one: Case): string | null => one.final_unit ?? one.handler ?? one.unit?.code ?? null;

function dueCell(one: Case): Child {
  const due = owesAnswer(one.status) ? left(one.due_at) : null;
  return [moment(one.due_at), due?.tone && [" ", chip(due.text, due.tone)]];
}

const FIELDS: FilterField[] = [
  { name: "q", label: "查找", placeholder: "正文、标题、编号、地点" },
  "period", "category", "district", "department", "petition", "urgency", "channel",
  { name: "status", label: "状态", options: Object.entries(STATUSES).filter(([code]) => code !== "extended") },
  { name: "decision", label: "建议", options: Object.entries(DECISIONS) },
];

/** What the service sorts by, in words; the first is the usual. */
const ORDERS: [string, string][] = [
  ["", "受理晚的在前"], ["received_at", "受理早的在前"], ["due_at", "答复期限近的在前"], ["urgency", "紧急的在前"], ["probability", "建议单位拿不准的在前"],
];

/** Draws the list into `place`, and again whenever the address changes. */
export function list(place: HTMLElement, names: Taxonomy): void {
  const said = el("div", { class: "said" });
  const number = el("p", { class: "cases-count", role: "status" });
  const files = el("span", { class: "row push" });
  const body = el("div", { class: "cases-body" });
  const pages = el("nav", { class: "pages no-print", "aria-label": "翻页" });
  const bar = filterBar({ fields: FIELDS });
  replace(place, heading("案件", number, files), bar, said, body, pages);
  key("/", "查找案件", () => bar.querySelector<HTMLElement>("input[type=search]")?.focus());
  let total: number | null = null;
  let counted = "";

  async function draw(now: URLSearchParams): Promise<void> {
    const query = conditions(now);
    const [sort, cursor] = [now.get("sort"), now.get("cursor")];
    const same = JSON.stringify(query);
    replace(said, Object.keys(query).length > 0 && chips(query, names));
    if (counted !== same) { total = null; number.textContent = ""; }
    await working(body, async () => {
      const page = await get<CasePage>("/v1/complaints", { ...query, sort, page_size: PAGE, cursor });
      if (JSON.stringify(conditions(state())) !== same || state().get("sort") !== sort) return;
      total = page.total ?? (cursor ? total : page.next_cursor ? null : page.items.length);
      if (cursor && total === null) total = (await get<CasePage>("/v1/complaints", { ...query, page_size: 1 })).total ?? null;
      counted = same;
      number.textContent = total === null ? "" : `${count(total)} 件`;
      document.title = `案件：${sentence(query, names)} · 归口`;
      replace(files, sorter(sort), chooser(() => void draw(state())), tooMany(total), downloadLinks("/v1/complaints", query));
      const whole = !cursor && !page.next_cursor;
      replace(body, page.items.length === 0 ? nothing(Object.keys(query).length > 0) : rows(page.items, query, whole));
      replace(pages, cursor && el("a", { class: "quiet", href: address({ cursor: null }), onclick: (event: Event) => step(event, null) }, icon("back"), "第一页"),
        page.next_cursor && el("a", { class: "quiet", rel: "next", href: address({ cursor: page.next_cursor }), onclick: (event: Event) => step(event, page.next_cursor!) }, "下一页", icon("forward")));
    }, lines(12));
  }

  function step(event: Event, cursor: string | null): void {
    event.preventDefault();
    go({ cursor });
    place.scrollIntoView({ block: "start" });
    body.querySelector<HTMLElement>("tbody tr")?.focus({ preventScroll: true });
  }

  /** Only what is whole can be sorted here: a page alone would mislead. */
  function rows(items: Case[], query: ReturnType<typeof conditions>, whole: boolean): HTMLElement {
    const shown = chosenColumns();
    return table<Case>({
      caption: `${sentence(query, names)}${total === null ? "" : `，共 ${count(total)} 件`}`, quiet: true, rows: items,
      columns: columns(names, wordsOf(state().get("q"))).filter((column) => column.always || shown.includes(column.key))
        .map(({ sort, ...column }) => (whole && sort ? { ...column, sort } : column)),
      onRow: (one) => location.assign(`/cases?id=${one.id}`),
    });
  }

  function sorter(chosen: string | null): HTMLElement {
    const select = el("select", { id: "cases-sort" }, ORDERS.map(([value, words]) => el("option", { value }, words)));
    if (chosen && !ORDERS.some(([value]) => value === chosen)) select.append(el("option", { value: chosen }, chosen));
    select.value = chosen ?? "";
    select.addEventListener("change", () => go({ sort: select.value || null, cursor: null }));
    return el("span", { class: "row no-print" }, el("label", { for: "cases-sort" }, "排序"), select);
  }

  function chooser(changed: () => void): HTMLElement {
    const shown = new Set(chosenColumns());
    const boxes = columns(names).filter((column) => !column.always).map((column) => {
      const box = el("input", { type: "checkbox", checked: shown.has(column.key) });
      box.addEventListener("change", () => {
        if (box.checked) shown.add(column.key); else shown.delete(column.key);
        localStorage.setItem(KEPT, [...shown].join(" "));
        changed();
        requestAnimationFrame(() => { fold.open = true; });
      });
      return el("label", { class: "choice" }, box, column.name);
    });
    const open = place.querySelector<HTMLDetailsElement>(".chooser")?.open ?? false;
    const fold = el("details", { class: "chooser no-print", open }, el("summary", { class: "quiet" }, icon("table"), "列"), el("div", { class: "chooser-box" }, boxes));
    return fold;
  }

  onState((now) => { if (!now.has("id")) void draw(now); });
  void draw(state());
}

function chosenColumns(): string[] {
  const kept = localStorage.getItem(KEPT);
  return kept === null ? USUAL : kept.split(" ");
}

const tooMany = (total: number | null): Child =>
  total !== null && total > MOST_IN_FILE && el("span", { class: "note" }, `下载最多 ${count(MOST_IN_FILE)} 件，请缩小范围`);

function nothing(narrowed: boolean): HTMLElement {
  return narrowed
    ? empty("没有符合条件的案件", el("p", {}, "去掉一个条件，或", el("a", { href: "/cases" }, "看全部案件"), "。"))
    : empty("还没有案件", el("p", {}, "在", el("a", { href: "/?paste=1" }, "派单台"), "登记一件，或用接口、文件导入。"));
}
