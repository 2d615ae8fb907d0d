// What needs attention now: the open alerts, live, each confirmed or dismissed with one key; and alerts not delivered.
import { casesLink, downloadLinks, get, post, stream, type Schema } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { ago, count, moment } from "../../base/format.ts";
import { key } from "../../base/keys.ts";
import { notice, words, working } from "../../base/notice.ts";
import { deliveryTrouble } from "./deliveries.ts";
import { askReason } from "./reason.ts";

type Alert = Schema<"Alert">;

const LEVELS = ["red", "orange", "yellow", "blue"] as const;
const COLOURS: Record<Alert["level"], string> = { red: "红", orange: "橙", yellow: "黄", blue: "蓝" };
/** So many are shown before 展开: the head stays calm when a storm comes. */
const AT_FIRST = matchMedia("(max-width: 760px)").matches ? 2 : 4;

/** Said when nothing else is: confirming is one key. */
const KNOWN = "已知悉";
const ACKNOWLEDGE = ["已派人核实", "已通知承办单位", "并入专案处理", "已报值班领导"];
const DISMISS = ["已平息", "计划内、已公告", "不属同一件事", "误报"];

interface Head {
  open: Alert[];
  known: Alert[];
  all: boolean;
  chosen: string | null;
  fresh: Set<string>;
}

/** The head of the page: draws itself, then follows the stream. */
export function attention(): HTMLElement {
  const head: Head = { open: [], known: [], all: false, chosen: null, fresh: new Set() };
  const box = el("div", { class: "alerts" });
  const said = el("p", { class: "hidden", role: "status", "aria-live": "polite" });
  const trouble = el("div", {});
  const tallied = el("p", { class: "tally" });
  const section = el("section", { class: "attention", "aria-labelledby": "attention-title" },
    el("div", { class: "attention-head" },
      el("h2", { id: "attention-title" }, "现在要看的"), tallied, downloadLinks("/v1/alerts", {}, ["csv", "xlsx"])),
    said, trouble, box);
  const draw = () => {
    // Who is choosing a reason is not to be interrupted by news.
    if (box.querySelector(".reason")) return;
    replace(tallied, ...tally(head.open));
    keepingPlace(box, () => replace(box, ...drawn(head, draw, read)));
  };
  box.addEventListener("reason-closed", draw);
  const read = async () => {
    const [open, known] = await Promise.all([
      get<Schema<"Alerts">>("/v1/alerts", { state: "open", page_size: 100 }),
      get<Schema<"Alerts">>("/v1/alerts", { state: "acknowledged", page_size: 20 }),
    ]);
    head.open = open.items.sort(gravest);
    head.known = known.items;
    draw();
  };
  void working(box, read, skeleton());
  void deliveryTrouble(trouble);
  follow(head, said, trouble, read);
  keys(head, box);
  return section;
}

/** Draws anew without taking the keyboard away from the alert that it was at. */
function keepingPlace(box: HTMLElement, act: () => void): void {
  const active = box.contains(document.activeElement) ? document.activeElement as HTMLElement : null;
  const [id, what] = [active?.closest<HTMLElement>("[data-alert]")?.dataset.alert, active?.dataset.do];
  act();
  if (!id) return;
  const row = box.querySelector<HTMLElement>(`[data-alert="${id}"]`);
  ((what && row?.querySelector<HTMLElement>(`[data-do="${what}"]`)) || row)?.focus({ preventScroll: true });
}

function skeleton(): HTMLElement {
  return el("div", { class: "warnings waiting", "aria-hidden": "true" }, el("div", {}), el("div", {}));
}

/** The gravest first, then the newest. */
const gravest = (a: Alert, b: Alert): number =>
  LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || b.raised_at.localeCompare(a.raised_at);

/** What comes over the stream is read anew and said once. */
function follow(head: Head, said: HTMLElement, trouble: HTMLElement, read: () => Promise<void>): void {
  const changed = (what: string) => (data: unknown) => {
    const entry = data as Schema<"AlertEntry">;
    if (what === "新预警" || what === "预警升级") head.fresh.add(entry.alert);
    said.textContent = `${what}：${COLOURS[entry.level]}色，${entry.sentence}`;
    void read().catch(() => undefined);
    void deliveryTrouble(trouble);
  };
  stream("/v1/alerts/stream", {
    raised: changed("新预警"), escalated: changed("预警升级"),
    acknowledged: changed("已确认"), dismissed: changed("已解除"), joined: changed("已并入"),
  });
}

function keys(head: Head, box: HTMLElement): void {
  const move = (step: number) => () => {
    const rows = [...box.querySelectorAll<HTMLElement>("[data-alert]")];
    const here = rows.findIndex((row) => row.dataset.alert === head.chosen);
    rows[Math.min(Math.max(here + step, 0), rows.length - 1)]?.focus();
  };
  const press = (what: string) => () => {
    const row = box.querySelector(`[data-alert="${head.chosen ?? ""}"]`) ?? box.querySelector("[data-alert]");
    row?.querySelector<HTMLButtonElement>(`[data-do="${what}"]`)?.click();
  };
  key("j", "下一条预警", move(1));
  key("k", "上一条预警", move(-1));
  key("a", "确认这条预警（已知悉）", press("acknowledge"));
  key("A", "确认这条预警，并选一个说明", press("explain"));
  key("x", "忽略这条预警，再按数字选理由", press("dismiss"));
}

function drawn(head: Head, draw: () => void, read: () => Promise<void>): HTMLElement[] {
  if (head.open.length === 0) return [calm(head, read)];
  const shown = head.all ? head.open : head.open.slice(0, AT_FIRST);
  const rest = head.open.length - shown.length;
  return [
    el("ol", { class: "warnings" }, shown.map((alert) => row(alert, head, read))),
    el("div", { class: "alert-foot" },
      rest > 0 && el("button", { type: "button", class: "quiet", onclick: () => { head.all = true; draw(); } }, `展开其余 ${count(rest)} 条`),
      known(head, read)),
  ];
}

function calm(head: Head, read: () => Promise<void>): HTMLElement {
  return el("div", { class: "calm" },
    el("p", {}, icon("check"), el("b", {}, "没有待处理的预警。"), "有新的会立即出现在这里，并响应顶栏的铃。"),
    el("div", { class: "alert-foot" }, known(head, read)));
}

/** How many wait, of each level. */
function tally(open: Alert[]): (HTMLElement | false)[] {
  return LEVELS.map((level) => {
    const many = open.filter((alert) => alert.level === level).length;
    return many > 0 && el("span", { class: `level level-${level}` }, `${COLOURS[level]} ${count(many)}`);
  });
}

/** What was confirmed and is in hand. */
function known(head: Head, read: () => Promise<void>): HTMLElement | false {
  return head.known.length > 0 && el("details", { class: "known" },
    el("summary", {}, `已确认、在办 ${count(head.known.length)} 条`),
    el("ol", { class: "warnings" }, head.known.map((alert) => row(alert, head, read))));
}

function row(alert: Alert, head: Head, read: () => Promise<void>): HTMLElement {
  const answer = el("div", { class: "answering" });
  const open = alert.state === "open";
  const item = el("li", {
    class: `alert level-${alert.level}${head.fresh.has(alert.id) ? " fresh" : ""}`, tabindex: "-1", "data-alert": alert.id,
    onfocusin: () => { head.chosen = alert.id; },
  },
    el("span", { class: `level level-${alert.level}`, title: alert.level_name }, COLOURS[alert.level]),
    el("div", { class: "said" },
      el("h3", {}, alert.title),
      el("p", {}, saying(alert)),
      el("p", { class: "facts" },
        el("time", { datetime: alert.escalated_at ?? alert.raised_at, title: moment(alert.escalated_at ?? alert.raised_at) },
          `${ago(alert.escalated_at ?? alert.raised_at)}${alert.escalated_at ? "升级" : "发出"}`),
        casesLink(alert.link, `${count(alert.figures.cases)} 件案件`),
        alert.issue && el("a", { href: `/issues?id=${encodeURIComponent(alert.issue)}` }, "诉求组"),
        !open && el("span", {}, `${alert.actor ? `${alert.actor} ` : ""}${moment(alert.acted_at)} 确认${alert.reason ? `：${alert.reason}` : ""}`))),
    acts(alert, answer, read),
    answer);
  return item;
}

/** The sentence without what the title said already. */
function saying(alert: Alert): string {
  return alert.sentence.startsWith(alert.title) ? alert.sentence.slice(alert.title.length).replace(/^[，：]\s*/, "") : alert.sentence;
}

/** Confirming takes one key; a word of explanation may be added, and a dismissal must have one. */
function acts(alert: Alert, answer: HTMLElement, read: () => Promise<void>): HTMLElement {
  const button = (what: string, name: string, letter: string, look: string, act: () => void) => el("button", {
    type: "button", class: look, "data-do": what, "aria-keyshortcuts": letter, onclick: act,
  }, name, el("span", { class: "hidden" }, `：${alert.title}`), el("kbd", { "aria-hidden": "true" }, letter.toUpperCase().replace("SHIFT+", "⇧")));
  const confirm = (reason: string) => void decide(alert, "acknowledge", reason, read);
  return el("div", { class: "acts" },
    alert.state === "open" && [
      button("acknowledge", "确认", "a", "main", () => confirm(KNOWN)),
      button("explain", "确认并说明", "Shift+A", "quiet", () => askReason(answer, "确认的说明", ACKNOWLEDGE, confirm)),
    ],
    button("dismiss", "忽略", "x", "quiet",
      () => askReason(answer, "忽略的理由", DISMISS, (reason) => void decide(alert, "dismiss", reason, read))));
}

async function decide(alert: Alert, what: "acknowledge" | "dismiss", reason: string, read: () => Promise<void>): Promise<void> {
  try {
    await post(`/v1/alerts/${encodeURIComponent(alert.id)}:${what}`, { reason });
    notice(`已${what === "dismiss" ? "忽略" : "确认"}：${alert.title}（${reason}）`);
    await read();
    document.querySelector<HTMLElement>("[data-alert]")?.focus();
  } catch (error) {
    notice(words(error), { tone: "bad" });
  }
}
