// A rate as a dot with its 95 % interval as a whisker, on an axis that all of them share.
import { casesLink } from "../../base/api.ts";
import { el, svg } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { count, percent } from "../../base/format.ts";
import { FEW } from "./data.ts";

type Shown = { hits?: number | null; of?: number | null; rate?: number | null; low?: number | null; high?: number | null; hits_link?: string; of_link?: string };
const WIDTH = 118;
const HEIGHT = 24;
const PAD = 7;

export type Axis = { from: number; width?: number; bare?: boolean };

const place = (axis: Axis, p: number) => PAD + Math.max(0, Math.min(1, (p - axis.from) / (1 - axis.from))) * ((axis.width ?? WIDTH) - 2 * PAD);

/** The drawing alone. `city` is a dashed line, `before` a hollow dot. */
export function whisker(rate: Shown, axis: Axis, city?: number | null, before?: number | null): SVGElement {
  const width = axis.width ?? WIDTH;
  const [low, high, at] = [rate.low ?? 0, rate.high ?? 0, rate.rate ?? 0].map((p) => place(axis, p)) as [number, number, number];
  const none = typeof rate.rate !== "number";
  const few = (rate.of ?? 0) < FEW;
  const middle = HEIGHT / 2;
  return svg("svg", { class: few ? "whisker few" : "whisker", viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": spoken(rate) },
    !axis.bare && ticks(axis).map((p) => svg("line", { class: "tick", x1: place(axis, p), x2: place(axis, p), y1: 0, y2: HEIGHT })),
    typeof city === "number" && svg("line", { class: "city", x1: place(axis, city), x2: place(axis, city), y1: 0, y2: HEIGHT }),
    typeof before === "number" && svg("circle", { class: "before", cx: place(axis, before), cy: middle, r: 4 }),
    !none && svg("line", { class: "span", x1: low, x2: high, y1: middle, y2: middle }),
    !none && (rate.low ?? 0) < axis.from && svg("path", { class: "span", d: `M${PAD + 4} ${middle - 4}L${PAD - 1} ${middle}L${PAD + 4} ${middle + 4}` }),
    !none && rate.rate! >= axis.from && svg("circle", { class: "dot", cx: at, cy: middle, r: 4.5 }));
}

function ticks({ from }: Axis): number[] {
  const all: number[] = [];
  for (let p = Math.ceil(from * 5) / 5; p <= 1.0001; p += 0.2) all.push(p);
  return all;
}

/** What the drawing says, in words. */
export function spoken(rate: Shown): string {
  if (typeof rate.rate !== "number") return "没有可计的案件";
  return `${percent(rate.rate)}，95% 区间 ${percent(rate.low)} 至 ${percent(rate.high)}，${count(rate.hits)} / ${count(rate.of)} 件${(rate.of ?? 0) < FEW ? "，件数少，仅供参考" : ""}`;
}

/** The axis itself, for the head of a column. */
export function axisMarks(axis: Axis): SVGElement {
  const width = axis.width ?? WIDTH;
  const named = [axis.from, (axis.from + 1) / 2, 1];
  return svg("svg", { class: "axis", viewBox: `0 0 ${width} 14`, width, height: 14, "aria-hidden": "true" }, named.map((p, i) =>
    svg("text", { x: i === 0 ? 0 : i === 2 ? width : place(axis, p), y: 11, "text-anchor": ["start", "middle", "end"][i]! }, `${Math.round(p * 100)}%`)));
}

/** Percent and counts: the hits and the whole each lead to their cases. */
export function figure(rate: Shown): Child {
  if (typeof rate.rate !== "number") return el("span", { class: "rate none" }, "—");
  return el("span", { class: "rate" },
    el("b", { title: `95% 区间 ${percent(rate.low)} 至 ${percent(rate.high)}` }, percent(rate.rate)),
    el("small", {}, casesLink(rate.hits_link ?? null, count(rate.hits)), "/", casesLink(rate.of_link ?? null, count(rate.of))));
}

/** Drawing and figures side by side, for a cell. */
export const cell = (rate: Shown, axis: Axis, city?: number | null, before?: number | null): HTMLElement =>
  el("span", { class: "rate-cell" }, whisker(rate, axis, city, before), figure(rate));

/** What the signs mean. */
export function legend(withBefore: boolean): HTMLElement {
  const axis = { from: 0, width: 60, bare: true };
  const sample = (rate: Shown, city?: number, before?: number) => whisker(rate, axis, city, before);
  return el("p", { class: "whisker-legend" },
    el("span", {}, sample({ of: 50, rate: 0.6, low: 0.35, high: 0.85 }), "率与 95% 区间"),
    el("span", {}, sample({ of: 5, rate: 0.6, low: 0.2, high: 0.9 }), `不足 ${FEW} 件，区间宽，仅供参考`),
    el("span", {}, sample({}, 0.5), "全市"),
    withBefore && el("span", {}, sample({}, undefined, 0.5), "上期"));
}
