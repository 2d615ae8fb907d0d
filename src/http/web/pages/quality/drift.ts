// 漂移: whether what comes in and what is said of it is spread as before; chance is told apart from change.
import { casesLink, downloadLinks } from "../../base/api.ts";
import type { Query, Schema } from "../../base/api.ts";
import { el, svg } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { count, percent, signed } from "../../base/format.ts";
import { block, empty } from "../../base/notice.ts";
import { go, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { card, chip, fact, facts } from "../../base/text.ts";
import type { Tone } from "../../base/text.ts";
import { cases, follow, periodName, rate } from "./data.ts";

type Drift = Schema<"Drift">;
type Measure = Schema<"Measure">;

const STATES: Record<Schema<"DriftState">, { name: string; tone: Tone; sign: string }> = {
  unknown: { name: "件数不足", tone: "calm", sign: "·" },
  stable: { name: "平稳", tone: "good", sign: "○" },
  slight: { name: "略有变化", tone: "calm", sign: "△" },
  moderate: { name: "有变化", tone: "warn", sign: "▲" },
  large: { name: "变化很大", tone: "bad", sign: "■" },
};
const BASES: [string, string][] = [["", "与本期等长"], ["28", "前 4 周"], ["91", "前 13 周"]];

export const driftTab = (): HTMLElement =>
  follow<Drift>("/v1/quality/drift", draw, () => [block(118), block(420)], () => ({ base_days: state().get("base_days") }));

function draw(found: Drift, query: Query): Child {
  if (found.now.cases.cases === 0) return empty("这段时间没有案件", el("p", {}, "放宽受理日期，或去掉分类、区县、渠道的限制。"));
  return [
    bases(),
    el("p", { class: "said" }, found.sentence),
    head(found),
    card("各项构成", el("p", { class: "legend gauge-legend" },
      el("span", {}, el("i", { class: "key-chance" }), "偶然即可解释"), el("span", {}, el("i", { class: "key-bound" }), `通用界限 ${found.moderate}、${found.large}`), el("span", {}, "点开一项看各类")),
      el("div", { class: "measures" }, found.measures.map((measure) => one(measure, found))),
      el("p", { class: "note after" },
        `PSI（群体稳定性指数）越大变化越大；通用界限 ${found.moderate} 和 ${found.large}（Siddiqi 2006）不看件数，件数少、类别多时光凭偶然就会超过。`,
        "所以先与临界值比：没有变化时 20 次里约有 1 次超过它（Yurdakul 2018），不超过即“平稳”。"),
      el("p", { class: "after" }, downloadLinks("/v1/quality/drift", query))),
    words(found),
  ];
}

function bases(): HTMLElement {
  const now = state().get("base_days") ?? "";
  return el("div", { class: "choices-row no-print" }, el("span", { class: "note" }, "与什么比"),
    el("span", { class: "switch", role: "group", "aria-label": "基期" }, BASES.map(([days, name]) =>
      el("button", { type: "button", "aria-pressed": String(days === now), onclick: () => go({ base_days: days || null }) }, name))));
}

function head(found: Drift): HTMLElement {
  const length = (one: Drift["length"]): string => (one ? `${count(one.median)} 字` : "—");
  return facts(
    fact("本期", cases(found.now.cases), periodName(found.now.from, found.now.to)),
    fact("基期", cases(found.before.cases), periodName(found.before.from, found.before.to)),
    fact("降级建议", rate(found.degraded), [`基期 ${percent(found.degraded_before.rate)}；没有模型时只按关键词和规则`]),
    fact("正文长度中位数", length(found.length), `基期 ${length(found.length_before)}`),
    fact("新词占", percent(found.vocabulary.new_share), `反过来 ${percent(found.vocabulary.gone_share)}；相近即正常`));
}

function one(measure: Measure, found: Drift): HTMLElement {
  const { name, tone, sign } = STATES[measure.state];
  const details = el("details", { class: "measure-row" },
    el("summary", {},
      el("span", { class: "measure-name" }, measure.name),
      chip([el("span", { "aria-hidden": "true" }, sign), name], tone),
      gauge(measure, found),
      el("span", { class: "measure-psi" }, typeof measure.psi === "number"
        ? [el("b", {}, measure.psi.toFixed(3)), el("small", {}, `临界 ${measure.critical!.toFixed(3)}`)] : el("small", {}, "无从比较"))),
    el("p", { class: "note" }, measure.sentence),
    measure.classes.length > 0 && classes(measure));
  return details;
}

const WIDTH = 200;

/** The index on an axis with what chance makes and the customary bounds. */
function gauge(measure: Measure, found: Drift): SVGElement {
  const { psi, critical } = measure;
  const most = Math.max(found.large * 1.4, (psi ?? 0) * 1.05, (critical ?? 0) * 1.2);
  const at = (n: number): number => 4 + (n / most) * (WIDTH - 8);
  const label = typeof psi === "number" ? `PSI ${psi.toFixed(3)}，临界值 ${critical!.toFixed(3)}` : "件数不足";
  return svg("svg", { class: "gauge", viewBox: `0 0 ${WIDTH} 22`, width: WIDTH, height: 22, role: "img", "aria-label": label },
    typeof critical === "number" && svg("rect", { class: "chance", x: at(0), y: 4, width: at(critical) - at(0), height: 14, rx: 3 }),
    svg("line", { class: "axis-line", x1: at(0), x2: at(most), y1: 18.5, y2: 18.5 }),
    [found.moderate, found.large].map((bound) => svg("line", { class: "bound", x1: at(bound), x2: at(bound), y1: 3, y2: 19 })),
    typeof psi === "number" && svg("circle", { class: `dot ${STATES[measure.state].tone}`, cx: at(psi), cy: 11, r: 5 }));
}

function classes(measure: Measure): HTMLElement {
  type Class = Measure["classes"][number];
  return table<Class>({
    caption: `${measure.name}：各类两期的占比`, quiet: true, dense: true, rows: measure.classes.slice(0, 15),
    columns: [
      { key: "name", name: "类", cell: (row) => row.name, sort: (row) => row.name, wide: true },
      { key: "now", name: "本期", number: true, cell: (row) => [casesLink(row.now_link, count(row.now)), " 件"], sort: (row) => row.now },
      { key: "now_share", name: "占", number: true, cell: (row) => percent(row.now_share), sort: (row) => row.now_share },
      { key: "before", name: "基期", number: true, cell: (row) => [casesLink(row.before_link, count(row.before)), " 件"], sort: (row) => row.before },
      { key: "before_share", name: "占", number: true, cell: (row) => percent(row.before_share), sort: (row) => row.before_share },
      { key: "change", name: "变化", number: true, cell: (row) => `${signed((row.now_share - row.before_share) * 100, 1)} 个百分点`, sort: (row) => row.now_share - row.before_share },
      { key: "adds", name: "对 PSI", number: true, cell: (row) => row.adds.toFixed(3), sort: (row) => row.adds },
    ],
  });
}

function words(found: Drift): HTMLElement {
  const { vocabulary } = found;
  return card("新词", el("p", { class: "note" }, vocabulary.sentence, `每期读了 ${count(vocabulary.read)} 件，须保护举报人的不读。`),
    vocabulary.words.length === 0 ? el("p", { class: "note" }, "没有至少 2 件说到的新词。")
      : el("ul", { class: "new-words" }, vocabulary.words.map((word) => el("li", {}, el("a", { href: `/cases?id=${word.examples[0]}`, title: "看最近的一件" }, word.text), el("small", {}, `${count(word.cases)} 件`)))),
    el("p", { class: "note after" }, "地名、小区名多是正常的；一批说同一件新事的词才值得看，可到 ", el("a", { href: "/hotspots" }, "热点"), " 里找它的案件。"));
}
