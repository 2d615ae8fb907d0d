// 退单: what each unit sends back, and why; a cell for each reason, shaded by how many.
import { casesLink, downloadLinks } from "../../base/api.ts";
import type { Query, Schema } from "../../base/api.ts";
import { el } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { count, percent } from "../../base/format.ts";
import { block, empty } from "../../base/notice.ts";
import { table } from "../../base/table.ts";
import type { Column } from "../../base/table.ts";
import { card, fact, facts } from "../../base/text.ts";
import { whisker } from "../departments/whisker.ts";
import { cases, follow, interval, periodName, rate } from "./data.ts";

type Returns = Schema<"Returns">;
type Row = Schema<"ReturnRow">;

export const returnsTab = (): HTMLElement =>
  follow<Returns>("/v1/quality/returns", draw, () => [block(118), block(420)]);

function draw(found: Returns, query: Query): Child {
  if (found.total.of === 0) return empty("这段时间没有派过单", el("p", {}, "放宽受理日期，或去掉分类、区县、渠道的限制。"));
  if (found.units.length === 0) return [head(found), empty("这段时间没有退单")];
  return [
    el("p", { class: "note" }, `${periodName(found.from, found.to)} 受理、派过单的案件。一件先后被几个单位退回的，算最后一次。分母是曾派给该单位的案件；按代码排列，不排名。`),
    head(found),
    card("哪个单位、因为什么", heat(found), el("p", { class: "note after" }, "颜色越深件数越多；数字都通到案件。退得多不等于单位不对：“职责不符”多，先查派单目录和建议，“信息不全”多，先查受理填写。"),
      el("p", { class: "after" }, downloadLinks("/v1/quality/returns", query))),
  ];
}

function head(found: Returns): HTMLElement {
  return facts(
    fact("退单率", rate(found.total), interval(found.total)),
    found.reasons.slice(0, 4).map((reason) => fact(reason.name, cases(reason.cases), `占退单的 ${percent(reason.cases.cases / Math.max(1, found.total.hits))}`)));
}

function heat(found: Returns): HTMLElement {
  // Of a few returns no cell is deep.
  const most = Math.max(6, ...found.units.flatMap((row) => row.reasons.map((reason) => reason.cases.cases)));
  const shade = (n: number): string => `shade s${n === 0 ? 0 : Math.min(3, 1 + Math.floor((n / most) * 2.99))}`;
  const of = (row: Row, code: string) => row.reasons.find((reason) => reason.reason === code)?.cases;
  const reasons = found.reasons.map((reason): Column<Row> => ({
    key: reason.reason, name: reason.name, number: true,
    cell: (row) => {
      const own = of(row, reason.reason);
      return el("span", { class: shade(own?.cases ?? 0) }, own ? casesLink(own.link, count(own.cases)) : "·");
    },
    sort: (row) => of(row, reason.reason)?.cases ?? 0,
  }));
  const axis = { from: 0, width: 110 };
  return table<Row>({
    caption: "各单位的退单及原因", quiet: true, dense: true, rows: found.units,
    columns: [
      { key: "name", name: "单位", cell: (row) => el("span", {}, row.name, el("small", { class: "code" }, row.code)), sort: (row) => row.name, wide: true },
      { key: "rate", name: "退单率", number: true, cell: (row) => rate(row.returned), sort: (row) => row.returned.rate },
      { key: "span", name: "95% 区间", cell: (row) => whisker(row.returned, axis, found.total.rate ?? null) },
      ...reasons,
    ],
  });
}
