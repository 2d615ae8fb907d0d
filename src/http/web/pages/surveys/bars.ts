// Shares with their intervals: a table whose bars are drawn, so that the figures are there for everybody.

import { type Child, el, svg } from "../../base/dom.ts";
import { count, percent } from "../../base/format.ts";
import type { Share } from "./data.ts";

export type Bar = { name: Child; share: Share | null | undefined; tone?: "good" | "soft"; mark?: Child; address?: string | null; extra?: Child[] };
const WIDTH = 240;
const HEIGHT = 18;

/** The table; `extra` names further columns, `unit` is what is counted. */
export function barTable(options: { caption: string; head: string; bars: Bar[]; extra?: string[]; quiet?: boolean; unit?: "份数" | "人数" }): HTMLElement {
  const interval = options.bars.some(({ share }) => typeof share?.low === "number");
  return el("div", { class: "table-box", role: "region", "aria-label": options.caption, tabindex: "0" },
    el("table", { class: "table dense bar-table" }, el("caption", { class: options.quiet ? "hidden" : null }, options.caption),
      el("thead", {}, el("tr", {}, [options.head, "占比", "", interval ? "95% 区间" : null, options.unit ?? "份数", ...(options.extra ?? [])].map((name, at) =>
        name !== null && el("th", { scope: "col", class: at === 0 ? "bar-name" : at === 1 ? null : "number" }, name === "" ? el("span", { class: "hidden" }, "占比的数字") : name)))),
      el("tbody", {}, options.bars.map((bar) => line(bar, interval)))));
}

function line({ name, share, tone, mark, address, extra }: Bar, interval: boolean): HTMLElement {
  const cells = share
    ? [el("td", {}, drawing(share, tone)), el("td", { class: "number" }, el("b", {}, percent(share.share))),
      interval && el("td", { class: "number soft" }, intervalOf(share)),
      el("td", { class: "number" }, address ? el("a", { href: address, class: "cases" }, count(share.count)) : count(share.count))]
    : [el("td", { class: "soft", colspan: interval ? 3 : 2 }, withheld()), el("td", { class: "number soft" }, "—")];
  return el("tr", { class: tone === "soft" ? "apart-row" : null }, el("th", { scope: "row", class: "bar-name" }, name, mark), cells, (extra ?? []).map((cell) => el("td", { class: "number" }, cell)));
}

/** 不显示, and why. */
export const withheld = (): HTMLElement => el("span", { class: "withheld" }, "不显示（不足 5 份，或会推出不足 5 份的数）");

/** A bar from zero with its interval as a whisker. */
export function drawing(share: Share, tone?: "good" | "soft"): SVGElement {
  const place = (p: number): number => Math.max(0, Math.min(1, p)) * (WIDTH - 2);
  const middle = HEIGHT / 2;
  return svg("svg", { class: `bar-drawing ${tone ?? ""} ${share.few ? "few" : ""}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
    svg("rect", { class: "track", x: 0, y: 3, width: WIDTH, height: HEIGHT - 6, rx: 2 }),
    svg("rect", { class: "fill", x: 0, y: 3, width: place(share.share), height: HEIGHT - 6, rx: 2 }),
    typeof share.low === "number" && typeof share.high === "number" && [
      svg("line", { class: "whisk", x1: place(share.low), x2: place(share.high), y1: middle, y2: middle }),
      svg("line", { class: "whisk", x1: place(share.low), x2: place(share.low), y1: middle - 4, y2: middle + 4 }),
      svg("line", { class: "whisk", x1: place(share.high), x2: place(share.high), y1: middle - 4, y2: middle + 4 }),
    ]);
}

/** 18.9%–23.8% */
export const intervalOf = (share: { low?: number | null; high?: number | null }): string =>
  (typeof share.low === "number" ? `${percent(share.low)}–${percent(share.high)}` : "");

/** What stands beside a figure that rests on too few. */
export const fewMark = (few: boolean): Child => few && el("span", { class: "chip warn", title: "底数不足 30 份，只列数，不解读" }, "不足 30 份");
