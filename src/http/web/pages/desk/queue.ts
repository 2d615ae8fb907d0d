// The queue: what waits for the dispatcher, most pressing first, live.

import { get, type Query } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { ago, count, moment } from "../../base/format.ts";
import { empty, failure, lines } from "../../base/notice.ts";
import { address, state } from "../../base/state.ts";
import { chip } from "../../base/text.ts";
import { type Case, type CasePage, decisionChip, heading, isProtected, left, urgencyChip } from "../cases/words.ts";

/** Tabs of the queue: what they show is a status of the API each. */
export const LISTS = [
  { key: "accepted", name: "待派" },
  { key: "return_requested", name: "申请退单" },
  { key: "returned", name: "待改派" },
] as const;
/** What the queue can be narrowed by; each is a parameter of `/v1/complaints`. */
export const NARROW = ["decision", "urgency", "category", "unit", "district", "channel"] as const;

const PAGE = 200;
const MOST_PAGES = 5;
const EVERY_MS = 15_000;
const RANK: Record<string, number> = { critical: 0, urgent: 1 };

export type Queue = {
  node: HTMLElement;
  cases: () => Case[];
  ticked: () => Case[];
  /** Reads anew; what came is told. */
  refresh: (quiet?: boolean) => Promise<void>;
  /** Takes a decided case out and gives the one to look at next. */
  take: (id: string) => Case | undefined;
  neighbour: (id: string | null, by: 1 | -1) => Case | undefined;
  mark: (id: string | null) => void;
  untick: () => void;
  toggle: (id: string | null) => void;
};

/** What the queue asks the service. */
export function queueQuery(now = state()): Query {
  const query: Query = { status: now.get("status") ?? "accepted" };
  for (const name of NARROW) query[name] = now.get(name);
  return query;
}

/** Pressing before ordinary, then what is due first, then what came first. */
export function pressing(a: Case, b: Case): number {
  const rank = (one: Case) => (one.decision === "transfer_emergency" ? -1 : RANK[one.urgency.code] ?? 2);
  const due = (one: Case) => (one.due_at ? Date.parse(one.due_at) : Infinity);
  return rank(a) - rank(b) || due(a) - due(b) || Date.parse(a.received_at) - Date.parse(b.received_at);
}

/** All cases of a query, at most five pages of the most urgent; `more` where there were others. */
export async function all(query: Query): Promise<{ cases: Case[]; more: boolean; total: number | null }> {
  const cases: Case[] = [];
  let cursor: string | null | undefined;
  let total: number | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await get<CasePage>("/v1/complaints", { ...query, sort: "urgency", page_size: PAGE, cursor });
    cases.push(...answer.items);
    total ??= answer.total ?? null;
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return { cases, more: Boolean(cursor), total };
}

/** Draws the queue; `open` shows a case, `changed` hears of ticks and of what was read. */
export function queue(open: (id: string) => void, changed: () => void): Queue {
  let cases: Case[] = [];
  let known = new Set<string>();
  let asked = "";
  let chosen: string | null = null;
  let turn = 0;
  const ticks = new Set<string>();
  const list = el("ol", { class: "queue-list", "aria-label": "待派案件" });
  const note = el("p", { class: "queue-note" });
  const live = el("p", { class: "hidden", role: "status", "aria-live": "polite" });
  const node = el("div", { class: "queue-box", "aria-busy": "true" }, live, note, list);
  replace(list, el("li", {}, lines(9)));

  async function refresh(quiet = false): Promise<void> {
    const query = queueQuery();
    const key = JSON.stringify(query);
    const mine = (turn += 1);
    try {
      const answer = await all(query);
      if (mine !== turn) return;
      const fresh = answer.cases.filter((one) => !known.has(one.id));
      const same = key === asked;
      cases = answer.cases.sort(pressing);
      known = new Set(cases.map((one) => one.id));
      for (const id of ticks) if (!known.has(id)) ticks.delete(id);
      asked = key;
      draw(answer.more ? answer.total : null);
      if (quiet && same && fresh.length > 0) live.textContent = `新到 ${fresh.length} 件`;
      if (same && quiet) for (const one of fresh) row(one.id)?.classList.add("fresh");
      changed();
    } catch (error) {
      if (mine === turn && !quiet) replace(list, el("li", {}, failure(error, () => void refresh())));
    } finally {
      if (mine === turn) node.setAttribute("aria-busy", "false");
    }
  }

  function draw(total: number | null): void {
    replace(note, total !== null && `共 ${count(total)} 件，只列较急、较早的 ${count(cases.length)} 件；请用筛选缩小范围。`);
    const focused = document.activeElement?.closest<HTMLElement>("[data-case]")?.dataset.case;
    replace(list, cases.length === 0 ? el("li", {}, nothing()) : cases.map(line));
    mark(chosen);
    if (focused) row(focused)?.querySelector("a")?.focus({ preventScroll: true });
  }

  function line(one: Case): HTMLElement {
    const due = left(one.due_at);
    const title = heading(one);
    const box = el("input", { type: "checkbox", "aria-label": `选中：${title.slice(0, 30)}` });
    box.checked = ticks.has(one.id);
    box.addEventListener("change", () => {
      if (box.checked) ticks.add(one.id); else ticks.delete(one.id);
      changed();
    });
    const link = el("a", { href: address({ case: one.id, paste: null }), class: "queue-link" },
      el("span", { class: "queue-title" }, isProtected(one) && icon("lock"), title),
      el("span", { class: "queue-meta" }, one.category?.name ?? "未分类", el("i", {}, "·"), one.district ?? "区县未明", el("i", {}, "·"),
        el("time", { datetime: one.received_at, title: moment(one.received_at) }, ago(one.received_at))),
      el("span", { class: "queue-chips" }, urgencyChip(one.urgency), decisionChip(one.decision),
        due && chip(due.text, due.tone, `答复期限 ${moment(one.due_at)}`)));
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      open(one.id);
    });
    return el("li", { class: `queue-row ${one.urgency.code}`, "data-case": one.id }, el("label", { class: "tick" }, box), link);
  }

  const row = (id: string) => list.querySelector<HTMLElement>(`[data-case="${CSS.escape(id)}"]`);

  function mark(id: string | null): void {
    chosen = id;
    for (const each of list.querySelectorAll("[data-case]")) {
      const link = each.querySelector("a")!;
      if ((each as HTMLElement).dataset.case === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (id) row(id)?.scrollIntoView({ block: "nearest" });
  }

  function neighbour(id: string | null, by: 1 | -1): Case | undefined {
    const at = cases.findIndex((one) => one.id === id);
    return at < 0 ? cases[0] : cases[at + by];
  }

  function take(id: string): Case | undefined {
    const next = neighbour(id, 1) ?? neighbour(id, -1);
    cases = cases.filter((one) => one.id !== id);
    known.delete(id);
    ticks.delete(id);
    row(id)?.remove();
    if (cases.length === 0) draw(null);
    changed();
    return next && next.id !== id ? next : undefined;
  }

  list.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key] as 1 | -1 | undefined;
    const here = (event.target as Element).closest<HTMLElement>("[data-case]")?.dataset.case;
    const next = by && here ? neighbour(here, by) : undefined;
    if (!next) return;
    event.preventDefault();
    row(next.id)?.querySelector("a")?.focus();
    open(next.id);
  });
  setInterval(() => { if (!document.hidden) void refresh(true); }, EVERY_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void refresh(true); });

  return {
    node, refresh, take, neighbour, mark,
    cases: () => cases,
    ticked: () => cases.filter((one) => ticks.has(one.id)),
    toggle: (id) => { if (id) row(id)?.querySelector("input")?.click(); },
    untick: () => { ticks.clear(); for (const box of list.querySelectorAll("input")) box.checked = false; changed(); },
  };
}

function nothing(): Child {
  const narrowed = NARROW.some((name) => state().has(name));
  const clear = Object.fromEntries(NARROW.map((name) => [name, null]));
  return narrowed
    ? empty("没有符合筛选的案件", el("p", {}, el("a", { href: address(clear) }, "去掉筛选")))
    : empty("都派完了", el("p", {}, "新来件会自动出现在这里；也可粘贴一段诉求（P）看看建议。"));
}
