// 派单台: what waits on the left, the case in the middle, the decision on the right.

import { taxonomy } from "../base/api.ts";
import { el, icon, replace } from "../base/dom.ts";
import { count } from "../base/format.ts";
import { key } from "../base/keys.ts";
import { block, empty, failure, lines, notice } from "../base/notice.ts";
import { go, onState, state } from "../base/state.ts";
import { type Case, heading, STATUSES } from "./cases/words.ts";
import { type Done, explain, read } from "./desk/acts.ts";
import { bulk } from "./desk/bulk.ts";
import { type Decision, decision } from "./desk/decision.ts";
import { narrowing } from "./desk/narrow.ts";
import { casePane } from "./desk/pane.ts";
import { type Paste, paste } from "./desk/paste.ts";
import { LISTS, type Queue, queue, queueQuery } from "./desk/queue.ts";
import { shift } from "./desk/shift.ts";

export const title = "派单台";

type Suggestion = Awaited<ReturnType<typeof explain>>;

export async function show(root: HTMLElement): Promise<void> {
  const middle = el("section", { class: "desk-case", "aria-labelledby": "case-title" });
  const side = el("section", { class: "desk-side", "aria-label": "决定" });
  const live = el("p", { class: "hidden", role: "status", "aria-live": "polite" });
  const cache = new Map<string, Promise<Case>>();
  const figures = shift();
  const names = await taxonomy();
  let panel: Decision | null = null;
  let pasting: Paste | null = null;
  let shownId: string | null = null;

  const waiting: Queue = queue((id) => go({ case: id, paste: null }), queueChanged);
  const foot = el("div", { class: "queue-foot no-print" });
  const left = el("section", { class: "desk-queue", "aria-label": "队列" },
    el("div", { class: "queue-top no-print" }, listTabs(), el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "p", onclick: startPaste }, icon("add"), "粘贴", el("kbd", {}, "P"))),
    narrowing(names), waiting.node, foot);
  const frame = el("div", { class: "desk" }, left, el("div", { class: "desk-work" }, middle, side));
  root.append(el("h1", { class: "hidden" }, title), figures.node, frame, live);

  // ── the queue ──────────────────────────────────────────────────────────────────────────────────────────────────

  function queueChanged(): void {
    const [cases, ticked] = [waiting.cases(), waiting.ticked()];
    const some = ticked.length > 0 ? ticked : cases;
    const offered = (state().get("status") ?? "accepted") === "accepted" && cases.length > 0;
    replace(foot, offered && [
      el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "b", onclick: () => startBulk() }, icon("check"),
        ticked.length > 0 ? `批量采纳选中的 ${count(ticked.length)} 件` : `批量采纳这 ${count(some.length)} 件`, el("kbd", {}, "B")),
      ticked.length > 0 && el("button", { type: "button", class: "bare", onclick: waiting.untick }, "取消选中"),
    ]);
  }

  function startBulk(): void {
    const some = waiting.ticked().length > 0 ? waiting.ticked() : waiting.cases();
    if (some.length === 0) return notice("队列里没有案件。", { tone: "warn" });
    bulk(some, names, () => { cache.clear(); figures.refresh(); void waiting.refresh(true).then(settle); });
  }

  /** What is looked at after the queue changed under it. */
  function settle(): void {
    const id = state().get("case");
    if (id && !waiting.cases().some((one) => one.id === id)) go({ case: waiting.cases()[0]?.id ?? null }, "replace");
  }

  // ── the case ───────────────────────────────────────────────────────────────────────────────────────────────────

  const fetched = (id: string): Promise<Case> => {
    const known = cache.get(id) ?? read(id);
    cache.set(id, known);
    known.catch(() => cache.delete(id));
    return known;
  };

  /** Shows a case; `keep` when it is on show already and only changed. */
  async function open(id: string, keep = false): Promise<void> {
    shownId = id;
    pasting = null;
    // Until this case is drawn nothing can be decided: it would be decided of the one before.
    if (!keep) {
      panel = null;
      for (const former of side.children) (former as HTMLElement).inert = true;
    }
    waiting.mark(id);
    frame.classList.add("one");
    const timer = setTimeout(() => { if (shownId === id && !keep) { replace(middle, lines(6)); replace(side, block(220)); } }, 150);
    try {
      const one = await fetched(id);
      clearTimeout(timer);
      if (shownId !== id) return;
      draw(one, null, keep);
      if (!keep) announce(one);
      const why = await explain(one).catch(() => null);
      if (shownId === id && why) draw(one, why, true);
      const next = waiting.neighbour(id, 1);
      if (next) void fetched(next.id);
    } catch (error) {
      clearTimeout(timer);
      if (shownId === id) { replace(middle, failure(error, () => void open(id))); replace(side); }
    }
  }

  /** Draws the case; once more when the marks come, without moving what is being typed or read. */
  function draw(one: Case, why: Suggestion | null, keep: boolean): void {
    const again = (): void => { cache.delete(one.id); void open(one.id, true); };
    const busy = side.contains(document.activeElement) || side.querySelector(".decide-card") !== null;
    replace(middle, mobileBack(), casePane(one, why, names, again));
    if (!keep) { middle.scrollTop = 0; side.scrollTop = 0; }
    if (why !== null && busy) return;
    panel = one.suggestion ? decision(one, why, names, (done) => decided(one, done)) : null;
    replace(side, panel?.node ?? empty("没有建议"), nextKeys());
  }

  function announce(one: Case): void {
    const lead = one.suggestion?.assignment[0]?.lead.name ?? "无";
    live.textContent = `${heading(one).slice(0, 40)}。${STATUSES[one.status] ?? ""}。建议主办：${lead}。`;
  }

  function decided(one: Case, done: Done): void {
    cache.delete(one.id);
    figures.refresh();
    const stays = queueQuery().status === done.case.status;
    const next = stays ? waiting.neighbour(one.id, 1) : waiting.take(one.id);
    notice(`${done.text}：${heading(one).slice(0, 16)}`, { undo: async () => {
      await done.undo();
      cache.delete(one.id);
      figures.refresh();
      await waiting.refresh(true);
      go({ case: one.id });
      if (shownId === one.id) void open(one.id);
    } });
    if (next) go({ case: next.id }, "replace");
    else if (stays) void open(one.id);
    else go({ case: null }, "replace");
  }

  const mobileBack = (): HTMLElement => el("button", { type: "button", class: "quiet back-to-queue no-print", onclick: () => go({ case: null, paste: null }) }, icon("back"), "回到队列");
  const nextKeys = (): HTMLElement => el("p", { class: "next-keys no-print" },
    el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "n", onclick: () => move(1) }, "下一件", el("kbd", {}, "N")),
    el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "k", onclick: () => move(-1) }, "上一件", el("kbd", {}, "K")));

  function move(by: 1 | -1): void {
    const next = waiting.neighbour(state().get("case"), by);
    if (next) go({ case: next.id, paste: null });
    else notice(by > 0 ? "已是最后一件" : "已是第一件", { tone: "warn" });
  }

  // ── paste ──────────────────────────────────────────────────────────────────────────────────────────────────────

  function startPaste(): void {
    go({ paste: "1", case: null });
    pasting?.focus();
  }

  function openPaste(): void {
    if (pasting) return;
    shownId = null;
    panel = null;
    waiting.mark(null);
    frame.classList.add("one");
    pasting = paste(names, (id) => { figures.refresh(); void waiting.refresh(true); go({ case: id, paste: null }); });
    replace(middle, mobileBack(), pasting.node);
    replace(side, pasting.side);
    pasting.focus();
  }

  function rest(): void {
    shownId = null;
    pasting = null;
    panel = null;
    frame.classList.remove("one");
    replace(middle, empty("从队列里选一件，或粘贴一段诉求", el("p", {}, el("kbd", {}, "J"), " 看下一件　", el("kbd", {}, "P"), " 粘贴诉求　", el("kbd", {}, "?"), " 全部按键")));
    replace(side);
    waiting.mark(null);
  }

  function follow(now: URLSearchParams): void {
    const id = now.get("case");
    if (now.has("paste")) openPaste();
    else if (!id) rest();
    else if (id !== shownId) void open(id);
  }

  // ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────

  key("a", "采纳建议并派单", () => panel?.accept());
  key("e", "修改单位或分类后派单", () => panel?.edit());
  key("r", "退回（选原因）", () => panel?.giveBack());
  key("n", "下一件", () => move(1));
  key("j", "下一件（在队列里也可用 ↓）", () => move(1));
  key("k", "上一件（在队列里也可用 ↑）", () => move(-1));
  for (const n of [1, 2, 3, 4, 5]) key(String(n), `派给第 ${n} 选的单位`, () => panel?.choose(n - 1));
  key("x", "选中／取消选中这一件", () => waiting.toggle(state().get("case")));
  key("b", "批量采纳（先预览）", startBulk);
  key("p", "粘贴一段诉求", startPaste);
  key("/", "筛选队列", () => {
    left.querySelector<HTMLDetailsElement>(".narrow")!.open = true;
    left.querySelector<HTMLElement>(".narrow select")?.focus();
  });

  let asked = JSON.stringify(queueQuery());
  onState((now) => {
    const query = JSON.stringify(queueQuery(now));
    if (query !== asked) { asked = query; void waiting.refresh().then(settle); }
    follow(now);
  });
  follow(state());
  await waiting.refresh();
  // On a wide screen the most pressing case is at hand at once.
  const first = waiting.cases()[0];
  if (!state().has("case") && !state().has("paste") && first && matchMedia("(min-width: 901px)").matches) go({ case: first.id }, "replace");
  else waiting.mark(state().get("case"));
}

/** 待派 · 申请退单 · 待改派 */
function listTabs(): HTMLElement {
  const buttons = LISTS.map(({ key: status, name }) => el("button", {
    type: "button", onclick: () => go({ status: status === "accepted" ? null : status, case: null }),
  }, name));
  const draw = (now: URLSearchParams): void => LISTS.forEach(({ key: status }, at) =>
    buttons[at]!.setAttribute("aria-pressed", String((now.get("status") ?? "accepted") === status)));
  draw(state());
  onState(draw);
  return el("div", { class: "switch", role: "group", "aria-label": "队列" }, buttons);
}
