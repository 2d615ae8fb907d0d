// Why two cases are held for the same matter: what the machine weighed, the words they share, the place, the days.
import { el, replace } from "../../base/dom.ts";
import { percent, sureness } from "../../base/format.ts";
import { working } from "../../base/notice.ts";
import { bar, chip, marked } from "../../base/text.ts";
import type { Schema } from "../../base/api.ts";
import { likeness, own, shared, sharedWords } from "./alike.ts";
import { caseName } from "./names.ts";
import type { Act, GroupBody, Reason, Telling } from "./names.ts";
import { compare } from "./store.ts";

type Evidence = Schema<"PairEvidence">;

/** What is a measure from 0 to 1, and what it says. */
const MEASURES: [keyof Evidence, string, string][] = [
  ["meaning", "文意", "两段文本向量的余弦"],
  ["words", "用词", "共有的字对，按稀有程度加权"],
  ["rare_alike", "名称与数字", "少见的字对有多像"],
  ["place", "地名", "最像的一对地名"],
  ["scene", "事发地", "两边事发地有多像"],
  ["category", "分类", "分类重合的程度"],
];
/** What is so or not so, for and against. */
const SIGNS: [keyof Evidence, string, boolean][] = [
  ["same_district", "同一区县", true], ["place_mentioned", "一边说到另一边的地名", true], ["same_number", "楼栋、线路等号码相同", true],
  ["other_district", "区县不同", false], ["other_city", "城市不同", false], ["places_differ", "地名不同", false], ["other_number", "楼栋、线路等号码不同", false],
];

/** The pair by which a case came in: what the machine said then, and with which other case. */
export function pairOf(group: GroupBody, telling: Telling): { other: Telling; then: number | null } | null {
  const inside = new Map(group.tellings.map((one) => [one.case, one]));
  for (const act of [...group.acts].reverse()) {
    const other = partner(act, telling.case);
    if (other && inside.has(other)) return { other: inside.get(other)!, then: (act.reason as Reason).probability ?? null };
  }
  const medoid = inside.get(group.medoid === telling.case ? nearest(group, telling) : group.medoid);
  return medoid && medoid.case !== telling.case ? { other: medoid, then: null } : null;
}

/** Whoever the act names together with the case that it brought in. */
function partner(act: Act, id: string): string | null {
  const pair = (act.reason as Reason).cases ?? [];
  return act.cases.includes(id) && pair.includes(id) ? pair.find((one) => one !== id) ?? null : null;
}

const nearest = (group: GroupBody, telling: Telling) =>
  group.tellings.find((one) => one.case !== telling.case && !one.protected)?.case ?? "";

/** The evidence of a case against its partner, read when it is asked for. */
export function evidence(group: GroupBody, telling: Telling): HTMLElement {
  const place = el("div", { class: "evidence" });
  const found = pairOf(group, telling);
  if (!found) {
    replace(place, el("p", { class: "note" }, "组里没有另一件可比。"));
  } else if (telling.protected || found.other.protected) {
    replace(place, el("p", { class: "note" }, "内容受保护，不比较文本。",
      found.then !== null && `归组时判断与 ${caseName(found.other)} 说同一件事的概率为 ${percent(found.then)}。`));
  } else {
    void working(place, async () => {
      const said = await compare(telling, found.other);
      replace(place, weighed(telling, found.other, found.then, said));
    });
  }
  return place;
}

function weighed(telling: Telling, other: Telling, then: number | null, said: Schema<"Comparison">): HTMLElement {
  const words = sharedWords(telling.text ?? "", other.text ?? "");
  return el("div", { class: "weighed" },
    el("p", { class: "verdict" }, el("b", {}, `与 ${caseName(other)} ${said.name}`), bar(said.probability),
      el("span", {}, `${percent(said.probability)}，${sureness(said.probability)}`)),
    el("p", {}, said.summary),
    then !== null && el("p", { class: "note" },
      `以上按现有文本重新比较；归组时判断为 ${percent(then)}${Math.abs(then - said.probability) > 0.05 ? "，那时还看了事发地、归口等，故不同" : ""}。`),
    el("div", { class: "measures" }, measures(said.evidence), signs(said.evidence)),
    el("p", { class: "shared-words" }, el("span", { class: "note" }, "共有的词："), words.length > 0 ? words.map((word) => chip(word)) : "没有"),
    el("div", { class: "pair" }, side(telling, other), side(other, telling)));
}

function measures(weighing: Evidence): HTMLElement {
  return el("table", {}, el("caption", { class: "hidden" }, "各项相似程度"),
    el("thead", { class: "hidden" }, el("tr", {}, ["依据", "程度", "数值"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, MEASURES.map(([name, title, help]) => {
      const value = Math.max(0, weighing[name] ?? 0);
      return el("tr", {}, el("th", { scope: "row", title: help }, title), el("td", {}, bar(Math.min(1, value))), el("td", { class: "number" }, value.toFixed(2)));
    })));
}

function signs(weighing: Evidence): HTMLElement {
  const said = SIGNS.filter(([name]) => (weighing[name] ?? 0) > 0);
  return el("ul", { class: "signs" }, said.map(([, text, pro]) => el("li", {}, chip(`${pro ? "像：" : "不像："}${text}`, pro ? "good" : "warn"))));
}

/** One of two texts: shared words marked one way, its own another. */
function side(telling: Telling, other: Telling): HTMLElement {
  const text = telling.text ?? "";
  const its = other.text ?? "";
  // Of texts told in their own words nearly everything differs: there the shared words say more.
  const differing = likeness(text, its) > 0.3 ? own(text, its) : [];
  const spans = [
    ...differing.map((range) => ({ ...range, tone: "differs", title: "只有这边有" })),
    ...shared(text, its).map((range) => ({ ...range, tone: "w2", title: "两边都有" })),
  ];
  return el("div", { class: "side" }, el("h4", {}, caseName(telling)), marked(text, spans));
}
