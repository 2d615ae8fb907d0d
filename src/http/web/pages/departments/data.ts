// What the page reads of departments, and the little statistics it does with it.
import { get } from "../../base/api.ts";
import type { Query, Schema } from "../../base/api.ts";
import { filterQuery } from "../../base/filters.ts";
import type { FilterField } from "../../base/filters.ts";
import { day } from "../../base/format.ts";
import { state } from "../../base/state.ts";

export type Row = Schema<"DepartmentRow">;
export type Rate = Schema<"RateBody">;
export type Report = Schema<"Departments">;
export type Measure = "response" | "on_time" | "resolution" | "satisfaction";
export type Group = Schema<"DepartmentGroup">;
export type Tier = Schema<"Tier">;

/** The four rates, what each divides by what. */
export const MEASURES: { key: Measure; name: string; help: string }[] = [
  { key: "response", name: "响应率", help: "按时签收 ÷（按时签收＋逾期签收＋逾期未签收）" },
  { key: "on_time", name: "按时率", help: "按时答复 ÷（按时答复＋逾期答复＋超期未答复）；未到期的不计" },
  { key: "resolution", name: "解决率", help: "回访已解决 ÷（已解决＋未解决）" },
  { key: "satisfaction", name: "满意率", help: "（满意＋基本满意）÷（满意＋基本满意＋不满意）；未表态的不计" },
];
export const measureName = (key: Measure): string => MEASURES.find((measure) => measure.key === key)!.name;

export const TIERS: [Tier, string][] = [
  ["bureau", "政府部门"], ["utility", "公用企业"], ["district", "区县政府"], ["street", "街道乡镇、社区村"], ["emergency", "紧急热线"],
];
export const tierName = (tier: Tier | null | undefined): string => TIERS.find(([code]) => code === tier)?.[1] ?? "—";

/** What a row is, by how rows are grouped. */
export const GROUPS: [Group, string][] = [["unit", "承办单位"], ["level", "单位性质"], ["category", "一级分类"], ["district", "区县"]];
export const group = (): Group => GROUPS.find(([code]) => code === state().get("group"))?.[0] ?? "unit";

/** Fewer cases than this say little about a rate. */
export const FEW = 10;

export const FIELDS: FilterField[] = ["period", "category", "petition", "district"];

/** The figures for the period of the address and for the one before it. */
export async function readBoth(by: Group): Promise<{ now: Report; before: Report | null }> {
  const query = { ...filterQuery(FIELDS), group: by };
  const now = await get<Report>("/v1/departments", query);
  const before = earlier(now);
  return { now, before: before && await get<Report>("/v1/departments", { ...query, ...before }).catch(() => null) };
}

/** The period just before: the month before a whole month, else one as long. */
export function earlier(period: { from?: string | null; to?: string | null }): { from: string; to: string } | null {
  if (!period.from || !period.to) return null;
  const [from, to] = [new Date(period.from), new Date(period.to)];
  const wholeMonth = from.getDate() === 1 && to.getDate() === 1 && to.getTime() - from.getTime() < 32 * DAY;
  const start = new Date(wholeMonth ? from : from.getTime() - (to.getTime() - from.getTime()));
  if (wholeMonth) start.setMonth(start.getMonth() - 1);
  return { from: start.toISOString(), to: from.toISOString() };
}
const DAY = 86_400_000;

/** A period in words: to the last day, not the first after it. */
export function periodName(period: { from?: string | null; to?: string | null }): string {
  const last = period.to ? new Date(new Date(period.to).getTime() - DAY / 2) : null;
  return `${period.from ? day(period.from) : "最早"} 至 ${day(last)}`;
}

/** The same period for another request. */
export const periodQuery = (period: { from?: string | null; to?: string | null }): Query =>
  ({ from: period.from ?? null, to: period.to ?? null });

/**
 * The difference of two rates with its 95 % interval (Newcombe's method from the two Wilson intervals); `null` where
 * one of them has no cases.
 */
export function difference(a: Rate, b: Rate): { by: number; low: number; high: number; sure: boolean } | null {
  const [p, q] = [a.rate, b.rate];
  if (typeof p !== "number" || typeof q !== "number") return null;
  const by = p - q;
  const low = by - Math.hypot(p - a.low!, b.high! - q);
  const high = by + Math.hypot(a.high! - p, q - b.low!);
  return { by, low, high, sure: low > 0 || high < 0 };
}

/** Whether a unit's whole interval lies on one side of the city's rate; of few cases nothing is said. */
export function apart(rate: Rate, city: Rate): "below" | "above" | null {
  if (typeof rate.rate !== "number" || typeof city.rate !== "number" || rate.of < FEW) return null;
  // The bounds of 100 % and 0 % carry rounding errors.
  if (rate.high! < city.rate - 1e-6) return "below";
  return rate.low! > city.rate + 1e-6 ? "above" : null;
}

/** Where the common axis begins: low enough for most intervals of some size, at full tens. */
export function axisFrom(rates: { of?: number | null; low?: number | null }[]): number {
  const lows = rates.flatMap(({ of, low }) => (typeof low === "number" && (of ?? 0) >= FEW ? low : [])).sort((a, b) => a - b);
  const low = lows[Math.floor(lows.length * 0.05)] ?? 0;
  return Math.max(0, Math.min(0.8, Math.floor(low * 10) / 10));
}

export const ratesOf = (row: Row): Rate[] => MEASURES.map(({ key }) => row[key]);

/** Answers late and still owed. */
export const lateOf = (row: Row): number => row.answering.late.cases + row.answering.overdue.cases;

/** A share, where there is something to share. */
export const shareOf = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** Working days to one decimal at most. */
export const days = (n: number): string => String(Math.round(n * 10) / 10);
