// What is chosen: the kind of report, its period, its edition, and of a special report its scope. All in the address.

import type { Query } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { type FilterField, filterBar, filterQuery } from "../../base/filters.ts";
import { key } from "../../base/keys.ts";
import { go, onState, state } from "../../base/state.ts";
import { type Kind, type Span, beside, isAhead, isRunning, latest, spanName, spanOf } from "./period.ts";

const KINDS: [Kind, string][] = [["daily", "日报"], ["weekly", "周报"], ["monthly", "月报"], ["special", "专报"]];
const UNITS: Record<string, [string, string]> = { daily: ["前一天", "后一天"], weekly: ["上一周", "下一周"], monthly: ["上个月", "下个月"] };
const FIELDS: FilterField[] = [
  "period", "category", "district", "street", "community", "department", "channel", "petition", "urgency",
  { name: "issue", label: "诉求组编号", placeholder: "g_…" },
];

export const kindOf = (now: URLSearchParams): Kind => KINDS.find(([kind]) => kind === now.get("kind"))?.[0] ?? "weekly";
export const kindName = (kind: string): string => KINDS.find(([code]) => code === kind)?.[1] ?? kind;

function chosen(now: URLSearchParams): Span {
  const kind = kindOf(now);
  const date = now.get("date");
  return date && /^\d{4}-\d\d-\d\d$/.test(date) ? spanOf(kind, date) : latest(kind);
}

/** What the address asks of `/v1/reports/{kind}`; a `live` one is of this moment, which must be held for its files. */
export function asked(now: URLSearchParams): { kind: Kind; query: Query; live: boolean } {
  const kind = kindOf(now);
  const edition = now.get("edition") === "public" ? "public" : null;
  if (kind === "special") return { kind, query: { ...filterQuery(FIELDS), edition }, live: true };
  const span = chosen(now);
  return isRunning(span) ? { kind, query: { running: true, edition }, live: true } : { kind, query: { as_of: span.to, edition }, live: false };
}

/** The row of choices. */
export function controls(): HTMLElement {
  const set = (changes: Record<string, string | null>): void => go({ fig: null, ...changes });
  const kinds = KINDS.map(([kind, name]) => el("button", { type: "button", "data-kind": kind, onclick: () => set({ kind: kind === "weekly" ? null : kind, ...(kind === "special" ? { edition: null } : {}) }) }, name));
  const date: HTMLInputElement = el("input", { type: "date", "aria-label": "含这一天的一期", onchange: () => set({ date: date.value || null }) });
  const step = (away: -1 | 1): void => {
    const now = state();
    const next = beside(kindOf(now), chosen(now), away);
    if (!isAhead(next)) set({ date: next.from });
  };
  const [back, on] = ([-1, 1] as const).map((away) => el("button", { type: "button", class: "quiet", onclick: () => step(away) }));
  const name = el("b", { class: "period-name", "aria-live": "polite" });
  const period = el("div", { class: "row period-row", role: "group", "aria-label": "哪一期" }, back, name, on, date);
  const editions = ([["internal", "内部版"], ["public", "公开版"]] as const).map(([code, words]) =>
    el("button", { type: "button", "data-edition": code, onclick: () => set({ edition: code === "public" ? code : null }) }, words));
  const why = el("span", { class: "note" });
  const scope = filterBar({ fields: FIELDS });
  const bar = el("div", { class: "report-controls no-print" },
    el("div", { class: "switch", role: "group", "aria-label": "哪种报告" }, kinds), period,
    el("div", { class: "switch", role: "group", "aria-label": "哪一版" }, editions), why);

  const draw = (): void => {
    const now = state();
    const kind = kindOf(now);
    const special = kind === "special";
    const span = chosen(now);
    const internal = special || isRunning(span);
    kinds.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.kind === kind)));
    editions.forEach((button) => button.setAttribute("aria-pressed", String((now.get("edition") === "public") === (button.dataset.edition === "public"))));
    editions[1]!.disabled = internal;
    why.textContent = internal ? (special ? "专报只有内部版" : "本期未完，只有内部版") : now.get("edition") === "public" ? "去标识，1 至 4 件的数字隐去，不带案件链接" : "";
    period.hidden = special;
    scope.hidden = !special;
    if (special) return;
    const [former, next] = UNITS[kind]!;
    replace(back!, icon("back"), former);
    replace(on!, next, icon("forward"));
    on!.toggleAttribute("disabled", isAhead(beside(kind, span, 1)));
    name.textContent = `${spanName(kind, span)}${isRunning(span) ? "（未完）" : ""}`;
    date.value = now.get("date") ?? "";
  };
  key("[", "前一期", () => step(-1));
  key("]", "后一期", () => step(1));
  onState(draw);
  draw();
  return el("div", { class: "stack" }, bar, scope);
}
