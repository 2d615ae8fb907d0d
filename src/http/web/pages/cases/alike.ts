// Cases that may tell the same, side by side, and decided ones that read alike.

import { get, post, type Schema } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { count, moment, percent } from "../../base/format.ts";
import { notice, words } from "../../base/notice.ts";
import { card, chip, difference } from "../../base/text.ts";
import { type Case, RELATIONS, type Suggestion } from "./words.ts";

type Duplicate = Schema<"Duplicate">;
type Group = Schema<"IssueBody">;

const ACTOR = "派单员";
const OPEN_AT_ONCE = 1;

/** What was found when the case was kept knows the callers; what is found now has the texts. */
export function duplicatesOf(one: Case, now: Suggestion | null): Duplicate[] {
  const kept = one.suggestion?.duplicates ?? [];
  const found = (now?.duplicates ?? []).filter((other) => other.case !== one.id);
  const before = new Map(kept.map((other) => [other.case, other]));
  const both = found.map((other) => {
    const known = before.get(other.case);
    return known ? { ...other, relation: known.relation, probability: known.probability, summary: known.summary, same_reporter: known.same_reporter } : other;
  });
  const seen = new Set(found.map((other) => other.case));
  return [...both, ...kept.filter((other) => !seen.has(other.case))];
}

/** Duplicates with what is needed to judge each; `one` is null for a text that is not kept. */
export function duplicates(text: string | null, one: Case | null, others: Duplicate[], changed: () => void): HTMLElement | null {
  if (others.length === 0) return null;
  return card(`可能重复 ${others.length} 件`, el("ul", { class: "duplicates" },
    others.map((other, at) => duplicate(text, one, other, at < OPEN_AT_ONCE && other.relation !== "related", changed))));
}

function duplicate(text: string | null, one: Case | null, other: Duplicate, open: boolean, changed: () => void): HTMLElement {
  const relation = RELATIONS[other.relation] ?? { name: other.relation };
  const body = el("div", { class: "duplicate-body" });
  let drawn = false;
  const details = el("details", {},
    el("summary", {}, chip(`${relation.name} ${percent(other.probability)}`, relation.tone),
      el("span", { class: "duplicate-facts" }, facts(other).map((fact) => el("span", {}, fact)))),
    body);
  details.addEventListener("toggle", () => {
    if (!details.open || drawn) return;
    drawn = true;
    void draw(body, text, one, other, changed);
  });
  details.open = open;
  return el("li", {}, details);
}

function facts(other: Duplicate): string[] {
  const { days_apart: days, distance_m: metres, same_reporter: same, evidence } = other;
  const place = metres != null ? `相距 ${metres < 1000 ? `${Math.round(metres)} 米` : `${(metres / 1000).toFixed(1)} 千米`}`
    : (evidence.place ?? 0) >= 0.99 ? "地点相同" : (evidence.place ?? 0) >= 0.6 ? "地点相近" : evidence.places_differ ? "地点不同" : "地点未明";
  return [
    Math.abs(days) < 1 ? "同一天内" : `相隔 ${Math.round(Math.abs(days))} 天`, place,
    same === true ? "同一来电人" : same === false ? "不同来电人" : "来电人未知",
  ];
}

async function draw(body: HTMLElement, text: string | null, one: Case | null, other: Duplicate, changed: () => void): Promise<void> {
  const theirs = other.text ?? await get<Case>(`/v1/complaints/${other.case}`).then((found) =>
    (found.flags ?? found.suggestion?.flags ?? []).includes("info_protect") ? null : found.text).catch(() => null);
  const [left, right] = text !== null && theirs !== null ? difference(text, theirs) : [null, null];
  replace(body,
    el("div", { class: "pair" },
      el("div", {}, el("h3", {}, "本件"), left ?? el("p", { class: "note" }, text ?? "内容受保护")),
      el("div", {}, el("h3", {}, "已有案件"), right ?? el("p", { class: "note" }, theirs ?? "内容受保护"))),
    el("p", { class: "duplicate-foot" },
      el("span", {}, `受理 ${moment(other.received_at)}`),
      el("a", { href: `/cases?id=${other.case}` }, other.reference ?? "这件案件"),
      other.issue && el("a", { href: `/issues?id=${other.issue}` }, "所在诉求组"),
      one && rulings(one, other, changed)));
}

/** 并入 and 不是同一事, where the groups allow it. */
function rulings(one: Case, other: Duplicate, changed: () => void): Child {
  if (one.issue && other.issue && one.issue === other.issue) {
    return el("button", { type: "button", class: "quiet", onclick: (event: Event) => void split(event, one, changed) }, icon("split"), "不是同一事");
  }
  if (one.issue && other.issue) {
    return el("button", { type: "button", class: "quiet", onclick: (event: Event) => void merge(event, one, other, changed) }, icon("merge"), "并入其诉求组");
  }
  return null;
}

async function merge(event: Event, one: Case, other: Duplicate, changed: () => void): Promise<void> {
  await ruled(event, changed, async () => {
    const group = await post<Group>(`/v1/issues/${other.issue}:merge`, { with: one.issue, actor: ACTOR, reason: "派单时认定为同一事" });
    return { text: `两组已合并，共 ${count(group.cases)} 件`, group };
  });
}

async function split(event: Event, one: Case, changed: () => void): Promise<void> {
  await ruled(event, changed, async () => {
    const { issue } = await post<Schema<"SplitBody">>(`/v1/issues/${one.issue}:split`, { cases: [one.id], actor: ACTOR, reason: "派单时认定不是同一事" });
    return { text: "本件已移出诉求组", group: issue };
  });
}

async function ruled(event: Event, changed: () => void, work: () => Promise<{ text: string; group: Group }>): Promise<void> {
  const button = event.currentTarget as HTMLButtonElement;
  button.disabled = true;
  try {
    const { text, group } = await work();
    // What the machine did in consequence comes after what the person did.
    const act = group.acts.findLast(({ kind, actor }) => actor !== null && (kind === "merge" || kind === "split"))?.n;
    const undo = async () => {
      await post(`/v1/issues/${group.id}:undo`, { act, actor: ACTOR });
      changed();
    };
    notice(text, act === undefined ? {} : { undo });
    changed();
  } catch (error) {
    notice(words(error), { tone: "bad" });
    button.disabled = false;
  }
}

/** Decided examples that read alike. */
export function similar(said: Suggestion | null): HTMLElement | null {
  const found = (said?.assignment[0]?.reasons ?? []).filter((reason) => reason.kind === "similar");
  if (found.length === 0) return null;
  return card("相似的已定样例", el("ul", { class: "similar" }, found.map((one) =>
    el("li", {}, chip(`相似 ${percent(one.score)}`), one.text && el("q", {}, one.text), el("small", { class: "code" }, one.case)))));
}

/** The group that a case is told in. */
export function groupLink(issue: string | null | undefined): HTMLElement | null {
  return issue ? el("a", { href: `/issues?id=${issue}`, class: "group-link" }, icon("link"), "所在诉求组") : null;
}

