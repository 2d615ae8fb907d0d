// Why something is hot: the five parts of the heat, as a bar and in words.
import { el, type Child } from "../../base/dom.ts";
import { count, percent, rate } from "../../base/format.ts";
import type { Schema } from "../../base/api.ts";

type Hotspot = Schema<"Hotspot">;
type Used = Schema<"Used">;

interface Part {
  key: keyof Hotspot["parts"];
  letter: string;
  name: string;
  /** What it measures, in one breath. */
  means: string;
  /** What made it so for one hotspot. */
  why: (spot: Hotspot) => string;
}

const z = (value: number | null | undefined): string => (value === null || value === undefined ? "—" : rate(value));

/** The parts in the order that the formula writes them. */
export const PARTS: readonly Part[] = [
  {
    key: "volume", letter: "量", name: "量", means: "反映得多不多：越近的算得越多",
    why: (spot) => `${count(spot.cases)} 件，按新旧折算为 ${rate(spot.parts.volume.halved)} 件`,
  },
  {
    key: "burst", letter: "突", name: "突增", means: "比往常同一时段多出多少",
    why: (spot) => (spot.parts.burst.z === null || spot.parts.burst.z === undefined
      ? "可比的往周不足两个，不计"
      : `与最多 8 个往周的同一时段比，高出 ${z(spot.parts.burst.z)} 个标准差（6 个即满分）`),
  },
  {
    key: "people", letter: "人", name: "人", means: "是不是很多不同的人在说",
    why: (spot) => `${count(spot.cases)} 件来自 ${count(spot.parts.people.people)} 人`,
  },
  {
    key: "severity", letter: "重", name: "轻重", means: "紧急或涉及安全的占多少",
    why: (spot) => `${count(spot.parts.severity.cases)} 件紧急或涉及安全，占 ${percent(spot.parts.severity.value)}`,
  },
  {
    key: "returns", letter: "复", name: "反复", means: "重复反映、超期未答、回访不满意的占多少",
    why: ({ parts: { returns } }) =>
      `重复 ${count(returns.repeated)}，超期 ${count(returns.overdue)}，不满意 ${count(returns.unsatisfied)}；合占 ${percent(returns.value)}`,
  },
];

/** The parts with points above nothing, in words: for who does not see the bar. */
export const partsInWords = (spot: Hotspot): string =>
  PARTS.map((part) => `${part.name} ${points(spot.parts[part.key].points)}`).join("，");

/** Points of the heat, as shown. */
export const points = (value: number): string => value.toFixed(1);

/** The heat as a bar of its parts, as long as its share of the hottest. */
export function heatBar(spot: Hotspot, hottest: number): HTMLElement {
  const bar = el("span", { class: "heatbar", role: "img", "aria-label": partsInWords(spot), title: partsInWords(spot) });
  for (const part of PARTS) {
    const share = hottest > 0 ? spot.parts[part.key].points / hottest : 0;
    if (share <= 0) continue;
    const piece = el("span", { class: `piece part-${part.key}` }, share > 0.11 ? part.letter : "");
    piece.style.width = `${share * 100}%`;
    bar.append(piece);
  }
  return bar;
}

/** A bar of one colour, for the formulas without parts. */
export function plainBar(heat: number, hottest: number): HTMLElement {
  const piece = el("span", { class: "piece plain" });
  piece.style.width = `${hottest > 0 ? Math.max(heat / hottest, 0) * 100 : 0}%`;
  return el("span", { class: "heatbar", "aria-hidden": "true" }, piece);
}

/** What the colours of the bar say. */
export function legend(used: Used): HTMLElement {
  return el("ul", { class: "legend", "aria-label": "热度的各部分" }, PARTS.map((part) =>
    el("li", { title: part.means }, swatch(part), `${part.name} `, el("small", {}, `满分 ${points(used.weights[part.key] * 100)}`))));
}

/** Each part of one hotspot: points of how many, and why. */
export function explained(spot: Hotspot, used: Used): HTMLElement {
  return el("ul", { class: "parts" }, PARTS.map((part) => {
    const [got, most] = [spot.parts[part.key].points, used.weights[part.key] * 100];
    const fill = el("span", { class: `piece part-${part.key}` });
    fill.style.width = `${most > 0 ? (got / most) * 100 : 0}%`;
    return el("li", {},
      el("b", {}, swatch(part), part.name),
      el("span", { class: "track", "aria-hidden": "true" }, fill),
      el("span", { class: "got" }, points(got), el("small", {}, ` / ${points(most)}`)),
      el("p", {}, part.why(spot)));
  }));
}

const swatch = (part: Part): Child => el("i", { class: `swatch part-${part.key}`, "aria-hidden": "true" }, part.letter);
