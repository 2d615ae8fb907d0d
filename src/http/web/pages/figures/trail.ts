// Going into one value and back: the way is in the address, each step with the view that it was taken from.
import type { Schema } from "../../base/api.ts";
import { el } from "../../base/dom.ts";
import { go, state } from "../../base/state.ts";
import { KEYS, type Asked } from "./asked.ts";

interface Step { label: string; before: string }

const PARTS = "?";

/** The steps taken so far. */
function steps(): Step[] {
  return state().getAll("trail").map((one) => {
    const at = one.indexOf(PARTS);
    return { label: one.slice(0, at), before: one.slice(at + 1) };
  });
}

/** Whether a row can be opened: its cases can be listed, and there is something to count inside. */
export const opens = (row: Schema<"Volume">, { rows }: Asked): boolean =>
  Boolean(row.link && row.cases > 0 && rows.inside && (rows.time || rows.filter));

/** Narrows to one row and counts by what is inside it. */
export function into(row: Schema<"Volume">, asked: Asked): void {
  if (!opens(row, asked)) return;
  const { rows, columns } = asked;
  const only = new URL(row.link!, location.origin).searchParams;
  const narrowing = rows.time ? ["from", "to"] : [rows.filter!];
  const inside = columns && columns.key === rows.inside ? columns.inside ?? "day" : rows.inside!;
  const by = columns && columns.key !== inside ? `${inside},${columns.key}` : inside;
  go({
    ...Object.fromEntries(narrowing.map((name) => [name, only.get(name)])), by, shape: null,
    trail: [...state().getAll("trail"), `${row.name}${PARTS}${current()}`],
  });
}

/** The present view as a query, without the way that led to it. */
function current(): string {
  const now = state();
  return new URLSearchParams(KEYS.flatMap((key) => (now.get(key) ? [[key, now.get(key)!]] : []))).toString();
}

/** The way back, step by step. */
export function crumbs(): HTMLElement | null {
  const taken = steps();
  if (taken.length === 0) return null;
  const back = (at: number) => () => {
    const before = new URLSearchParams(taken[at]!.before);
    go({ ...Object.fromEntries(KEYS.map((key) => [key, before.get(key)])), trail: state().getAll("trail").slice(0, at) });
  };
  return el("nav", { class: "crumbs", "aria-label": "下钻的路径" }, el("ol", {},
    el("li", {}, el("button", { type: "button", class: "link", onclick: back(0) }, "全部")),
    taken.map((step, at) => el("li", {}, at === taken.length - 1
      ? el("b", { "aria-current": "true", tabindex: "-1" }, step.label)
      : el("button", { type: "button", class: "link", onclick: back(at + 1) }, step.label)))));
}
