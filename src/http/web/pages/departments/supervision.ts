// What is owed: answers past their time, and supervisions (书面、专项、批示督办) with their deadlines.
import { casesLink, downloadLinks, get, taxonomy } from "../../base/api.ts";
import type { Schema, Taxonomy } from "../../base/api.ts";
import { el, replace } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { count, day, moment } from "../../base/format.ts";
import { block, working } from "../../base/notice.ts";
import { address, go, onState, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { chip, fact, facts } from "../../base/text.ts";

type Supervision = Schema<"SupervisionRow">;
type Case = Schema<"Case">;

const KINDS: Record<Supervision["kind"], string> = { written: "书面督办", special: "专项督办", instruction: "批示督办" };
const STATES = [["standing", "未销号"], ["overdue", "已超期"], ["lifted", "已销号"], ["all", "全部"]] as const;

/** Draws the tab. */
export function supervisionTab(): HTMLElement {
  const owed = el("div", { class: "stack" });
  const listed = el("div", { class: "stack" });
  let shown = "";
  const read = () => {
    const which = state().get("supervised") ?? "standing";
    if (which === shown) return;
    shown = which;
    void working(listed, async () => {
      const query = { state: which === "all" ? null : which, page_size: 200 };
      const found = await get<Schema<"Supervisions">>("/v1/supervisions", query);
      if (which === shown) replace(listed, supervisions(found, which));
    }, block(400));
  };
  void working(owed, async () => {
    const [names, late] = await Promise.all([taxonomy(), get<Schema<"Page">>("/v1/complaints", { answered: "overdue", page_size: 100 })]);
    replace(owed, overdue(late.items, { answered: "overdue" }, names, Boolean(late.next_cursor)));
  }, block(300));
  onState(() => { if (listed.isConnected) read(); });
  read();
  return el("div", { class: "stack" }, listed, owed);
}

function supervisions(found: Schema<"Supervisions">, which: string): Child {
  const standing = found.units.reduce((sum, unit) => sum + unit.standing, 0);
  const late = found.units.reduce((sum, unit) => sum + unit.overdue, 0);
  const most = [...found.units].sort((a, b) => b.overdue - a.overdue || b.standing - a.standing)[0];
  return [
    facts(
      fact("未销号的督办", casesLink("/v1/complaints?supervised=true", count(standing)), `涉及 ${count(found.units.length)} 个单位`),
      fact("其中已超期", casesLink("/v1/complaints?supervised=overdue", count(late)), late > 0 ? "须先催办" : "没有超期"),
      most && fact("最多的单位", el("a", { href: address({ unit: most.code, tab: null }) }, most.name), `${most.standing} 条，超期 ${most.overdue}`)),
    el("section", { class: "card", "aria-labelledby": "supervision-title" },
      el("header", { class: "figures-head" },
        el("h2", { id: "supervision-title" }, "督办"),
        el("span", { class: "switch no-print", role: "group", "aria-label": "督办的状态" }, STATES.map(([code, text]) =>
          el("button", { type: "button", "aria-pressed": String(code === which), onclick: () => go({ supervised: code === "standing" ? null : code }) }, text))),
        downloadLinks("/v1/supervisions", { state: which === "all" ? null : which })),
      supervisionTable(found.items, true),
      found.next_cursor && el("p", { class: "note" }, "只列先到期的 200 条；全部见下载的文件。")),
  ];
}

/** Supervisions with what is left of their time. */
export function supervisionTable(items: Supervision[], withUnit: boolean): HTMLElement {
  return table<Supervision>({
    caption: "督办，先到期的在前", quiet: true, rows: items, empty: "没有这样的督办",
    columns: [
      { key: "left", name: "期限", cell: (one) => [deadline(one), el("small", { class: "soft" }, ` ${day(one.due_at)}`)], sort: (one) => one.days_left },
      { key: "kind", name: "方式", cell: (one) => KINDS[one.kind], sort: (one) => KINDS[one.kind] },
      ...(withUnit ? [{ key: "unit", name: "承办单位", sort: (one: Supervision) => one.unit_name, cell: (one: Supervision) =>
        (one.unit ? el("a", { href: address({ unit: one.unit, tab: null }) }, one.unit_name ?? one.unit) : "未派单") }] : []),
      { key: "case", name: "案件", cell: (one) => casesLink(one.link, one.reference ?? `…${one.case.slice(-6)}`) },
      { key: "issuer", name: "交办", cell: (one) => one.issuer, sort: (one) => one.issuer },
      { key: "issued", name: "交办时间", number: true, cell: (one) => moment(one.issued_at), sort: (one) => one.issued_at },
      { key: "lifted", name: "销号", number: true, cell: (one) => (one.lifted_at ? moment(one.lifted_at) : "—"), sort: (one) => one.lifted_at },
    ],
  });
}

function deadline(one: Supervision): HTMLElement {
  if (one.lifted_at) return chip("已销号", "good");
  const left = one.days_left ?? 0;
  if (one.overdue) return chip(left < 0 ? `超期 ${count(-left)} 天` : "今天已过", "bad");
  if (left === 0) return chip("今天到期", "warn");
  return chip(`还有 ${count(left)} 天`, left <= 2 ? "warn" : "calm");
}

/** Cases whose answer is owed and late, the longest overdue first. */
export function overdue(items: Case[], query: Record<string, string>, names: Taxonomy, more: boolean, withUnit = true): HTMLElement {
  const rows = [...items].sort((a, b) => (a.due_at ?? "").localeCompare(b.due_at ?? ""));
  const lateBy = (one: Case) => (one.due_at ? Date.now() - new Date(one.due_at).getTime() : 0);
  const all = `/v1/complaints?${new URLSearchParams(query)}`;
  return el("section", { class: "card", "aria-label": "超期未答复" },
    el("header", { class: "figures-head" },
      el("h2", {}, "超期未答复 ", casesLink(all, `${count(rows.length)}${more ? "+" : ""} 件`)),
      downloadLinks("/v1/complaints", query)),
    table<Case>({
      caption: "超期未答复，超期最久的在前", quiet: true, rows, empty: "没有超期未答复的案件",
      columns: [
        { key: "late", name: "超期", cell: (one) => el("span", { class: "bad-text" }, lateWords(lateBy(one))), sort: (one) => -lateBy(one) },
        { key: "case", name: "案件", wide: true, cell: (one) => [casesLink(`/v1/complaints/${one.id}`, one.reference ?? `…${one.id.slice(-6)}`), " ", el("span", { class: "soft" }, one.title ?? one.text.slice(0, 40))] },
        ...(withUnit ? [{ key: "unit", name: "承办单位", sort: (one: Case) => names.name(one.handler), cell: (one: Case) => (one.handler ? el("a", { href: address({ unit: one.handler, tab: null }) }, names.name(one.handler)) : "—") }] : []),
        { key: "category", name: "分类", cell: (one) => one.category?.name ?? "—", sort: (one) => one.category?.name },
        { key: "received", name: "受理", number: true, cell: (one) => moment(one.received_at), sort: (one) => one.received_at },
        { key: "due", name: "期限", number: true, cell: (one) => moment(one.due_at), sort: (one) => one.due_at },
      ],
    }),
    more && el("p", { class: "note" }, "只列最近受理的一部分；点上面的件数看全部。"));
}

const lateWords = (ms: number): string => (ms < 86_400_000 ? `${Math.max(1, Math.floor(ms / 3_600_000))} 小时` : `${count(Math.floor(ms / 86_400_000))} 天`);
