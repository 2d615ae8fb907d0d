// A question crossed with a background question: shares by group, marks where a group differs, the test in words.

import { type Child, el } from "../../base/dom.ts";
import { count, percent } from "../../base/format.ts";
import { fewMark } from "./bars.ts";
import { type Association, type Cross, type CrossCell, type CrossRow, type Whole, questions } from "./data.ts";

const LEVEL = 0.05;

/** The table with the sentence of its test. */
export function crossTable({ survey }: Whole, cross: Cross): HTMLElement {
  const by = questions(survey).find(({ id }) => id === cross.by)?.text ?? cross.by;
  const caption = `按“${by}”交叉（${typeof cross.base === "number" ? `两题都答了的 ${count(cross.base)} 份，` : ""}占各组的百分比）`;
  const marked = cross.rows.some(({ cells }) => cells.some(({ higher }) => typeof higher === "boolean"));
  return el("div", { class: "cross" },
    el("div", { class: "table-box", role: "region", "aria-label": `${cross.question} ${caption}`, tabindex: "0" },
      el("table", { class: "table dense" }, el("caption", {}, caption),
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, by), el("th", { scope: "col", class: "number" }, "份数"), cross.columns.map((name) => el("th", { scope: "col", class: "number" }, name)))),
        el("tbody", {}, cross.rows.map(row)))),
    el("p", { class: "note" }, test(cross.test, cross.caution)),
    marked && el("p", { class: "note" }, "▲ 明显高于、▼ 明显低于其他组：调整残差的 p 值在本表各格之间按 BH 校正后小于 0.05。"));
}

function row({ option, base, few, cells }: CrossRow): HTMLElement {
  return el("tr", { class: few ? "few-row" : null }, el("th", { scope: "row" }, option, few && [" ", fewMark(true)]),
    el("td", { class: "number" }, base === null || base === undefined ? el("span", { title: "不足 5 份，不显示" }, "—") : count(base)),
    cells.map((one) => el("td", { class: "number" }, cell(one))));
}

function cell({ share, residual, p, higher }: CrossCell): Child {
  if (!share) return el("span", { class: "soft", title: "不足 5 份，或会推出不足 5 份的数，不显示" }, "—");
  const title = typeof residual === "number" ? `${count(share.count)} 份；调整残差 ${residual.toFixed(2)}${typeof p === "number" ? `，校正后 p ${chance(p)}` : ""}` : `${count(share.count)} 份`;
  return el("span", { title, class: higher === true ? "higher" : higher === false ? "lower" : null },
    typeof higher === "boolean" && el("span", { role: "img", "aria-label": higher ? "明显高" : "明显低" }, higher ? "▲" : "▼"), percent(share.share), el("small", {}, count(share.count)));
}

/** The test as a sentence. */
function test(of: Association | null | undefined, caution: string | null | undefined): string {
  if (!of) return caution ?? "没有检验：数据不是抽来的样本，或份数不够。";
  const p = of.p_adjusted ?? of.p;
  const how = of.method === "fisher" ? "费舍尔精确检验" : `χ²＝${of.statistic?.toFixed(2) ?? "—"}（自由度 ${of.freedom ?? "—"}）`;
  const strength = of.v < 0.1 ? "很弱" : of.v < 0.3 ? "较弱" : of.v < 0.5 ? "中等" : "强";
  const found = p < LEVEL ? `各组有显著差别，关联${strength}（克莱姆 V ${of.v.toFixed(2)}）` : "看不出各组有差别";
  return `${found}：${how}，p ${chance(p)}${of.p_adjusted === null || of.p_adjusted === undefined ? "" : "（各题之间按 Holm 校正）"}。${caution ?? ""}`;
}

/** ＝0.012, ＜0.001 */
export const chance = (p: number): string => (p < 0.001 ? "＜0.001" : `＝${p.toFixed(3)}`);
