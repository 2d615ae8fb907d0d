// What the figures page was asked for, all of it in the address.
import type { Query } from "../../base/api.ts";
import { filterQuery, type FilterField } from "../../base/filters.ts";
import { state } from "../../base/state.ts";
import { dimension, type Dimension } from "./dimensions.ts";

/** The narrowing that the page offers. */
export const FIELDS: FilterField[] = ["period", "category", "district", "street", "department", "petition", "channel", "urgency"];
/** Also taken from the address, when a drill or a link puts it there. */
const QUIET = ["community", "issue"] as const;

export type Measure = "cases" | "people" | "share";
export type Against = "none" | "previous" | "year_before";
export type Shape = "line" | "bar" | "stack" | "heat";

export const MEASURES: Record<Measure, string> = { cases: "件数", people: "人数", share: "占比" };
export const AGAINST: Record<Against, string> = { none: "不比", previous: "环比（上期）", year_before: "同比（去年同期）" };
export const SHAPES: Record<Shape, string> = { line: "线", bar: "条", stack: "堆积", heat: "热力" };
export const TOPS: Record<string, string> = { 5: "前 5", 10: "前 10", 20: "前 20", 50: "前 50", all: "全部" };

export interface Asked {
  rows: Dimension;
  columns: Dimension | null;
  measure: Measure;
  against: Against;
  shape: Shape | null;
  top: number | null;
  query: Query;
}

/** The keys of the address on which what is shown depends. */
export const KEYS: readonly string[] =
  ["from", "to", "category", "district", "street", "department", "petition", "channel", "urgency", ...QUIET, "by", "top", "measure", "against", "shape"];

/** Reads the address. */
export function asked(): Asked {
  const now = state();
  const [first, second] = (now.get("by") ?? "category").split(",");
  const rows = dimension(first);
  const columns = second && second !== rows.key ? dimension(second) : null;
  // Times are never cut short: the API knows no first five hours.
  const sized = !rows.ordered || (columns !== null && !columns.ordered);
  const top = !sized || now.get("top") === "all" ? null : Number(now.get("top")) || 10;
  const quiet = Object.fromEntries(QUIET.map((name) => [name, now.get(name)]));
  return {
    rows, columns, top,
    // The API counts people of rows and columns, not of cells.
    measure: columns && now.get("measure") === "people" ? "cases" : one(now.get("measure"), MEASURES, "cases"),
    against: one(now.get("against"), AGAINST, "none"),
    shape: now.get("shape") ? one(now.get("shape"), SHAPES, "bar") : null,
    query: { ...filterQuery(FIELDS), ...quiet, by: columns ? `${rows.key},${columns.key}` : rows.key, top },
  };
}

function one<K extends string>(value: string | null, of: Record<K, string>, usual: K): K {
  return value !== null && value in of ? (value as K) : usual;
}

/** The drawing that suits what is counted, and those that may be chosen instead. */
export function shapes({ rows, columns }: Pick<Asked, "rows" | "columns">): Shape[] {
  if (!columns) return rows.time ? ["line", "bar"] : rows.ordered ? ["bar", "line"] : ["bar"];
  if (rows.time) return ["stack", "line", "heat"];
  return ["heat", "stack", "bar"];
}
