// A heat map that is a table: every cell says its number and leads to its cases; shade only helps the eye.
import { casesLink } from "../../base/api.ts";
import { el, type Child } from "../../base/dom.ts";

export interface HeatCell {
  /** What is shaded; null leaves the cell bare. */
  value: number | null;
  text: string;
  link: string | null | undefined;
  title?: string;
}

export interface HeatLine {
  name: string;
  head: Child;
  cells: HeatCell[];
  total: Child;
  /** Behind the total: what is compared. */
  extra?: Child[];
}

export interface HeatTable {
  caption: string;
  corner: string;
  columns: { name: string; head: Child }[];
  rows: HeatLine[];
  totals: Child[];
  whole: Child;
  extra?: string[];
  extraWhole?: Child[];
  /** Shades from below nothing to above it, for differences. */
  diverging?: boolean;
}

const STEPS = 5;

/** Draws it; rows and columns come in the order given. */
export function heatTable(data: HeatTable): HTMLElement {
  const values = data.rows.flatMap((row) => row.cells.map((cell) => Math.abs(cell.value ?? 0)));
  const shade = shades(values, data.diverging ?? false);
  return el("div", { class: "table-box", role: "region", "aria-label": data.caption, tabindex: "0" },
    el("table", { class: "table heat-table" },
      el("caption", { class: "hidden" }, data.caption),
      el("thead", {}, el("tr", {},
        el("th", { scope: "col", class: "corner" }, data.corner),
        data.columns.map((column) => el("th", { scope: "col" }, column.head)),
        el("th", { scope: "col", class: "margin" }, "合计"),
        (data.extra ?? []).map((name) => el("th", { scope: "col", class: "margin" }, name)))),
      el("tbody", {}, data.rows.map((row) => el("tr", {},
        el("th", { scope: "row" }, row.head),
        row.cells.map((cell) => el("td", { class: `cell ${shade(cell.value)}`, title: cell.title }, casesLink(cell.link, cell.text))),
        el("td", { class: "margin" }, row.total),
        (row.extra ?? []).map((one) => el("td", { class: "margin" }, one))))),
      el("tfoot", {}, el("tr", {},
        el("th", { scope: "row" }, "合计"),
        data.totals.map((total) => el("td", { class: "margin" }, total)),
        el("td", { class: "margin" }, data.whole),
        (data.extraWhole ?? []).map((one) => el("td", { class: "margin" }, one))))));
}

/** Five steps by the root of the value, so that one great cell does not bleach all others. */
function shades(values: number[], diverging: boolean): (value: number | null) => string {
  const most = Math.max(...values, 0);
  return (value) => {
    if (value === null || value === 0 || most === 0) return "h0";
    const step = Math.min(STEPS, Math.ceil(Math.sqrt(Math.abs(value) / most) * STEPS));
    if (!diverging) return `h${step}`;
    return value > 0 ? `up${step}` : `down${step}`;
  };
}

/** The steps of the shade with the values that they stand for. */
export function heatLegend(diverging: boolean): HTMLElement {
  const steps = [1, 2, 3, 4, 5];
  const square = (kind: string) => el("i", { class: `cell ${kind}` });
  return el("p", { class: "heat-legend", "aria-hidden": "true" },
    diverging ? ["减", [...steps].reverse().map((n) => square(`down${n}`)), square("h0"), steps.map((n) => square(`up${n}`)), "增"]
      : ["少", square("h0"), steps.map((n) => square(`h${n}`)), "多"]);
}
