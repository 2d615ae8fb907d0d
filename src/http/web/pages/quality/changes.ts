// 改动: what was advised and what people decided instead, pair by pair.
import { downloadLinks } from "../../base/api.ts";
import type { Query, Schema } from "../../base/api.ts";
import { el, icon } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { percent } from "../../base/format.ts";
import { block, empty } from "../../base/notice.ts";
import { table } from "../../base/table.ts";
import { bar, card, fact, facts } from "../../base/text.ts";
import { cases, follow, interval, periodName, rate } from "./data.ts";

type Changes = Schema<"Changes">;
type Pair = Schema<"Change">;

export const changesTab = (): HTMLElement =>
  follow<Changes>("/v1/quality/changes", draw, () => [block(118), block(420)], () => ({ top: 50 }));

function draw(found: Changes, query: Query): Child {
  if (found.changed.of === 0) return empty("这段时间还没有认定过的案件", el("p", {}, "放宽受理日期，或把“认定依据”放宽。"));
  const automatic = found.pairs.reduce((sum, pair) => sum + pair.automatic.cases, 0);
  const most = found.pairs[0]?.cases.cases ?? 1;
  return [
    el("p", { class: "note" }, `${periodName(found.from, found.to)} 受理、已认定的案件里，建议与认定不同的。`),
    facts(
      fact("改动的", rate(found.changed), interval(found.changed)),
      fact("其中自动派单的", String(automatic), "派出去之后才改的，代价最大"),
      fact("最常见的一对", found.pairs[0] ? cases(found.pairs[0].cases) : "—", found.pairs[0] ? `${found.pairs[0].advised.name} → ${found.pairs[0].decided.name}` : "")),
    found.pairs.length === 0 ? empty("没有改动") : card("从哪里改到哪里", pairs(found, most),
      el("p", { class: "note after" }, found.rest > 0 ? `其余 ${found.rest} 件分散在更少见的组合里。` : "", "同一对反复出现，多半是派单目录里两家的界线不清，或该补几条样例。"),
      el("p", { class: "after" }, downloadLinks("/v1/quality/changes", query))),
  ];
}

function pairs(found: Changes, most: number): HTMLElement {
  const name = (one: Pair["advised"]) => el("span", {}, one.name, el("small", { class: "code" }, one.code));
  return table<Pair>({
    caption: "改动，件数多的在前", quiet: true, dense: true, rows: found.pairs, sort: { key: "cases", down: true },
    columns: [
      { key: "advised", name: "建议", cell: (pair) => name(pair.advised), sort: (pair) => pair.advised.name },
      { key: "arrow", name: "", cell: () => icon("forward") },
      { key: "decided", name: "认定", cell: (pair) => name(pair.decided), sort: (pair) => pair.decided.name },
      { key: "cases", name: "件数", number: true, cell: (pair) => cases(pair.cases), sort: (pair) => pair.cases.cases },
      { key: "bar", name: "", cell: (pair) => bar(pair.cases.cases / most) },
      { key: "automatic", name: "自动派的", number: true, cell: (pair) => (pair.automatic.cases ? cases(pair.automatic) : "·"), sort: (pair) => pair.automatic.cases },
      { key: "share", name: "占同一建议", number: true, help: "建议同一个的已认定案件里，改成这个的占多少", cell: (pair) => percent(pair.share), sort: (pair) => pair.share },
      { key: "probability", name: "平均概率", number: true, help: "这些案件的建议当时平均有几分把握；高而仍被改的最该看", cell: (pair) => percent(pair.probability), sort: (pair) => pair.probability },
    ],
  });
}
