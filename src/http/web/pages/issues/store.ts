// What the page reads: groups, their heat and progress, alerts, the cases of one group with their deadlines.
import { get, post } from "../../base/api.ts";
import type { Query, Schema } from "../../base/api.ts";
import type { GroupBody, Telling } from "./names.ts";

/** Groups of a file at most. */
export const MOST = 2000;
const LONGEST_PAGE = 200;

export type Line = Schema<"IssueLine">;

/** One page of groups, as they were asked for. */
export const readPage = (query: Query): Promise<Schema<"IssuePage">> => get("/v1/issues", query);

/** All groups that were asked for, at most so many. */
export async function readGroups(query: Query, most = MOST): Promise<Line[]> {
  const groups: Line[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await readPage({ ...query, page_size: Math.min(most, LONGEST_PAGE), cursor });
    groups.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && groups.length < most);
  return groups.slice(0, most);
}

export type Heat = Schema<"Hotspot">;

/** Heat, progress and units of groups since a time, by the group's id. */
export async function readHeat(query: Query): Promise<Map<string, Heat>> {
  const found = await get<Schema<"Hotspots">>("/v1/hotspots", { ...query, over: "event", top: 500 });
  return new Map(found.rows.map((row) => [row.id, row]));
}

export type Alert = Schema<"Alert">;

/** Standing alerts of groups, by the group's id. */
export async function readAlerts(query: Query = {}): Promise<Map<string, Alert[]>> {
  const found = await get<Schema<"Alerts">>("/v1/alerts", { ...query, kind: "event", page_size: 200 });
  const by = new Map<string, Alert[]>();
  for (const alert of found.items) if (alert.issue) by.set(alert.issue, [...(by.get(alert.issue) ?? []), alert]);
  return by;
}

export const readGroup = (id: string): Promise<GroupBody> => get(`/v1/issues/${encodeURIComponent(id)}`);

/** The group that stands now where `id` went, and the ids passed on the way. */
export async function follow(id: string): Promise<{ group: GroupBody; from: GroupBody[] }> {
  const from: GroupBody[] = [];
  let group = await readGroup(id);
  while (group.into_issue && from.length < 20) {
    from.push(group);
    group = await readGroup(group.into_issue);
  }
  return { group, from };
}

export type Case = Schema<"Case">;

/** The cases of a group with deadlines, places and units. */
export async function readCases(issue: string): Promise<Map<string, Case>> {
  const cases = new Map<string, Case>();
  let cursor: string | null | undefined;
  do {
    const page = await get<Schema<"Page">>("/v1/complaints", { issue, page_size: 200, cursor });
    for (const one of page.items) cases.set(one.id, one);
    cursor = page.next_cursor;
  } while (cursor && cases.size < 1000);
  return cases;
}

/** What cases are called that are no longer in the group, but in its log. */
export async function readNames(ids: string[]): Promise<Map<string, string>> {
  const found = await Promise.all(ids.slice(0, 30).map((id) => get<Case>(`/v1/complaints/${id}`).catch(() => null)));
  return new Map(found.flatMap((one) => (one?.reference ? [[one.id, one.reference] as const] : [])));
}

/** What other groups are called that the log speaks of. */
export async function readTitles(ids: string[]): Promise<Map<string, string>> {
  const found = await Promise.all(ids.slice(0, 20).map((id) => readGroup(id).catch(() => null)));
  return new Map(found.flatMap((one) => (one ? [[one.id, one.title] as const] : [])));
}

/** How the units answer what this group tells. */
export const readUnits = (issue: string, from: string): Promise<Schema<"Departments">> =>
  get("/v1/departments", { issue, from, group: "unit" });

/** Two tellings compared anew; the number of a person stands for the caller. */
export function compare(a: Telling, b: Telling): Promise<Schema<"Comparison">> {
  const asked = (telling: Telling) => ({
    text: telling.text ?? "", title: telling.title, received_at: telling.received_at, reporter_key: `person-${telling.person}`,
  });
  return post("/v1/duplicates:compare", { a: asked(a), b: asked(b) });
}

/** Groups that tell something like `text`, the likeliest first. */
export async function likeGroups(text: string, but: string): Promise<{ id: string; probability: number; summary: string }[]> {
  const found = await post<Schema<"Duplicates">>("/v1/duplicates:search", { text, all: true, days: 365, top: 50 });
  const best = new Map<string, { id: string; probability: number; summary: string }>();
  for (const { issue, probability, summary } of found.items) {
    if (issue && issue !== but && !best.has(issue)) best.set(issue, { id: issue, probability, summary });
  }
  return [...best.values()].slice(0, 12);
}

type Said = { reason?: string; actor?: string };
const path = (id: string, verb: string) => `/v1/issues/${encodeURIComponent(id)}:${verb}`;

export const merge = (id: string, other: string, said: Said): Promise<GroupBody> => post(path(id, "merge"), { with: other, ...said });
export const split = (id: string, cases: string[], said: Said): Promise<Schema<"SplitBody">> => post(path(id, "split"), { cases, ...said });
export const undo = (id: string, act: number, said: Said): Promise<GroupBody> => post(path(id, "undo"), { act, ...said });
