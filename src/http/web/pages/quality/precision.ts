// 准确率: what became of the advice, what another threshold would do, and whether probabilities mean what they say.
import type { Query, Schema } from "../../base/api.ts";
import { el } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { count, percent } from "../../base/format.ts";
import { block, empty } from "../../base/notice.ts";
import { table } from "../../base/table.ts";
import { bar, card, fact, facts } from "../../base/text.ts";
import { calibration } from "./calibration.ts";
import { cases, follow, interval, periodName, rate, RULINGS } from "./data.ts";
import { threshold } from "./threshold.ts";

export type Quality = Schema<"Quality">;

export const precisionTab = (): HTMLElement =>
  follow<Quality>("/v1/quality", draw, () => [block(118), block(430), block(240)]);

function draw(found: Quality, query: Query): Child {
  if (found.cases.cases === 0) return empty("这段时间没有案件", el("p", {}, "放宽受理日期，或去掉分类、区县、渠道的限制。"));
  if (found.decided.hits === 0) {
    return empty("这段时间还没有认定过的案件",
      el("p", {}, "只有人认定过的案件才分得出对错。派单员采纳或修改建议、单位答复后就有了；也可以到“复核”一栏认定一些。"));
  }
  return [
    el("p", { class: "note" }, `${periodName(found.from, found.to)} 受理的案件。`, found.note),
    headline(found),
    threshold(found, query),
    el("div", { class: "halves" }, bySource(found), byDecision(found)),
    calibration(found, query),
    models(found),
  ];
}

function headline(found: Quality): HTMLElement {
  const auto = found.decisions.find((row) => row.decision === "auto");
  const { error, by_chance } = found.calibration;
  return facts(
    fact("建议准确率", rate(found.right), interval(found.right)),
    fact("自动派单的实际准确率", auto ? rate(auto.right) : "—", auto ? interval(auto.right) : "这段时间没有自动派单"),
    fact("自动派单占", percent(auto ? auto.cases.cases / found.cases.cases : 0), [auto ? cases(auto.cases) : "0", " / ", cases(found.cases), " 件"]),
    fact("已认定", percent(found.decided.rate), [rateCounts(found.decided), " 件，其余不计入准确率"]),
    fact(el("abbr", { title: "概率与实际准确率平均差多少；等件数分箱的期望校准误差（ECE）" }, "校准误差"), typeof error === "number" ? percent(error) : "—",
      typeof by_chance === "number" ? `概率完全准确时，偶然也有约 ${percent(by_chance)}` : ""));
}

const rateCounts = (one: Quality["right"]): Child => [cases({ cases: one.hits, link: one.hits_link }), " / ", cases({ cases: one.of, link: one.of_link })];

/** By what it was decided: the strict and the loose side by side. */
function bySource(found: Quality): HTMLElement {
  return card("凭什么说它对", table({
    caption: "按认定的依据，从严到宽", rows: found.rulings, dense: true, quiet: true, columns: [
      { key: "ruling", name: "依据", cell: (row) => el("span", {}, row.name, el("small", { class: "under" }, RULINGS[row.ruling])), wide: true },
      { key: "of", name: "已认定", number: true, cell: (row) => cases({ cases: row.right.of, link: row.right.of_link }) },
      { key: "bar", name: "", cell: (row) => bar(row.right.rate ?? 0) },
      { key: "right", name: "准确率", number: true, cell: (row) => rate(row.right) },
      { key: "interval", name: "95% 区间", number: true, cell: (row) => range(row.right) },
    ],
  }), el("p", { class: "note after" }, "没有人反对即算对，所以宽的依据偏高；审定的里有争议的多，所以严的偏低。真实的准确率在其间；要不偏的数字，请随机抽一批自动派单的案件逐件审定。"));
}

function byDecision(found: Quality): HTMLElement {
  return card("按当时的处置建议", table({
    caption: "按处置建议", rows: found.decisions, dense: true, quiet: true, columns: [
      { key: "name", name: "处置建议", cell: (row) => row.name, wide: true },
      { key: "cases", name: "案件", number: true, cell: (row) => cases(row.cases), sort: (row) => row.cases.cases },
      { key: "right", name: "准确率", number: true, cell: (row) => rate(row.right), sort: (row) => row.right.rate },
      { key: "interval", name: "95% 区间", number: true, cell: (row) => range(row.right) },
    ],
  }), found.held && el("p", { class: "note after" }, "紧急转接和告知渠道由规则定去向，不计入上面的准确率。概率达到自动派单阈值，而因规则（保护、敏感、属地不明等）仍由人定的：", rate(found.held), "。"));
}

const range = (one: Quality["right"]): string => (typeof one.low === "number" ? `${percent(one.low)}–${percent(one.high)}` : "—");

function models(found: Quality): Child {
  if (found.models.length < 2) return null;
  return card("按模型版本", table({
    caption: "这段时间由几版模型给出建议", rows: found.models, dense: true, columns: [
      { key: "version", name: "模型", cell: (row) => row.version, sort: (row) => row.version, wide: true },
      { key: "cases", name: "案件", number: true, cell: (row) => count(row.cases), sort: (row) => row.cases },
      { key: "decided", name: "已认定", number: true, cell: (row) => count(row.decided), sort: (row) => row.decided },
      { key: "right", name: "准确率", number: true, cell: (row) => percent(row.decided ? row.right / row.decided : null) },
    ],
  }));
}

