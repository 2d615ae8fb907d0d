// What was said: the most telling case first, the others beside it in the order they came, the nearly identical folded.
import { el, icon, replace } from "../../base/dom.ts";
import { moment } from "../../base/format.ts";
import { chip, difference, marked } from "../../base/text.ts";
import { folded, own, shade, shared } from "./alike.ts";
import type { Range } from "./alike.ts";
import { evidence } from "./evidence.ts";
import { STAGES, caseName, stateName } from "./names.ts";
import type { GroupBody, Stage, Telling } from "./names.ts";

export type Marks = "shared" | "own" | "none";
const MARKS: [Marks, string][] = [["shared", "相同的词"], ["own", "不同的词"], ["none", "不标"]];

/** What the list of texts needs to know and may ask for. */
export type Hands = {
  stageOf: (telling: Telling) => Stage;
  unitName: (code: string | null | undefined) => string;
  /** Cases that are ticked. */
  ticked: Set<string>;
  onTick: () => void;
  moveOut: (telling: Telling) => void;
  editable: boolean;
};

/** The texts of a group; `marks` is how they are marked, `mark` is told when the reader wants it otherwise. */
export function texts(group: GroupBody, hands: Hands, marks: Marks, mark: (marks: Marks) => void): HTMLElement {
  const medoid = group.tellings.find((telling) => telling.case === group.medoid) ?? group.tellings[0]!;
  const others = group.tellings.filter((telling) => telling !== medoid);
  const kinds = folded([medoid, ...others], (telling) => (telling.protected ? null : telling.text ?? null));
  const alike = kinds[0]!.same;
  const all = group.tellings.flatMap((telling) => telling.text ?? []);
  return el("section", { class: "texts", "aria-labelledby": "texts-title" },
    el("header", {}, el("h2", { id: "texts-title" }, "各人说法"),
      el("p", { class: "note" }, others.length > 0 ? "先受理的在前；与代表件对照，说到的件数越多颜色越深；几乎相同的折起" : ""),
      choice(marks, mark)),
    el("div", { class: kinds.length > 1 ? "beside" : "beside alone" },
      el("div", { class: "medoid" }, card(group, medoid, core(medoid, others, marks), hands, true), fold(medoid, alike, group, hands)),
      el("ol", { class: "others" }, kinds.slice(1).map(({ first, same }) =>
        el("li", {}, card(group, first, against(first, medoid, marks, all), hands, false), fold(first, same, group, hands))))));
}

function choice(now: Marks, mark: (marks: Marks) => void): HTMLElement {
  return el("div", { class: "choice no-print", role: "group", "aria-label": "标出" }, el("span", { class: "note" }, "标出"),
    MARKS.map(([code, name]) => el("button", { type: "button", "aria-pressed": String(code === now), onclick: () => mark(code) }, name)));
}

/** The medoid with the words that others say too: the more say them, the stronger. */
function core(medoid: Telling, others: Telling[], marks: Marks): HTMLElement {
  const text = medoid.text ?? "";
  const told = others.flatMap((other) => other.text ?? []);
  const ranges = marks === "shared" ? told.flatMap((other) => shared(text, other)) : [];
  // The longer run last, so that it is not cut by a shorter one.
  ranges.sort((a, b) => a.end - a.start - (b.end - b.start));
  return shaded(text, ranges, told, "件也说到");
}

/** Ranges shaded by how many of the texts say them. */
function shaded(text: string, ranges: Range[], texts: string[], what: string): HTMLElement {
  const chars = [...text];
  return marked(text, ranges.map((range) => {
    const run = chars.slice(range.start, range.end).join("");
    return { ...range, tone: shade(run, texts), title: `${texts.filter((other) => other.includes(run)).length} ${what}` };
  }));
}

function against(telling: Telling, medoid: Telling, marks: Marks, all: string[]): HTMLElement {
  const [text, its] = [telling.text ?? "", medoid.text ?? ""];
  if (marks === "none" || medoid.protected) return marked(text, []);
  return marks === "shared"
    ? shaded(text, shared(text, its), all, "件说到，代表件在内")
    : marked(text, own(text, its).map((range) => ({ ...range, tone: "differs", title: "代表件没有" })));
}

function card(group: GroupBody, telling: Telling, said: HTMLElement, hands: Hands, medoid: boolean): HTMLElement {
  const stage = hands.stageOf(telling);
  const name = caseName(telling);
  const why = el("div", { class: "why", hidden: true });
  const ask = el("button", { type: "button", class: "quiet why-button", "aria-expanded": "false" }, icon("info"), "归组依据");
  ask.addEventListener("click", () => {
    const open = why.hidden;
    why.hidden = !open;
    ask.setAttribute("aria-expanded", String(open));
    if (open && why.childElementCount === 0) replace(why, evidence(group, telling));
  });
  return el("article", { class: medoid ? "telling first" : "telling", id: telling.case, tabindex: "-1", "aria-label": name },
    el("header", {},
      hands.editable && tick(telling, hands),
      medoid && chip("代表件", "on"),
      el("a", { class: "name", href: `/cases?id=${telling.case}` }, name),
      el("span", { class: "meta" }, [moment(telling.received_at), telling.channel, `第 ${telling.person} 人`].filter(Boolean).join(" · ")),
      el("span", { class: `stage ${stage}` }, stage === "late" ? STAGES.late : stateName(telling.status))),
    telling.title && el("h3", {}, telling.title),
    telling.protected ? el("p", { class: "protected" }, icon("lock"), "内容受保护") : said,
    el("footer", {},
      el("span", { class: "unit" }, hands.unitName(telling.unit)),
      el("span", { class: "no-print hands" }, ask,
        hands.editable && el("button", { type: "button", class: "quiet", onclick: () => hands.moveOut(telling) }, icon("split"), "移出本组"))),
    why);
}

function tick(telling: Telling, hands: Hands): HTMLElement {
  const box = el("input", { type: "checkbox", class: "tick no-print", "aria-label": `选中 ${caseName(telling)}`, checked: hands.ticked.has(telling.case) });
  box.addEventListener("change", () => {
    if (box.checked) hands.ticked.add(telling.case);
    else hands.ticked.delete(telling.case);
    hands.onTick();
  });
  return box;
}

/** Nearly identical texts behind the one they repeat, with the differing letters marked. */
function fold(first: Telling, same: Telling[], group: GroupBody, hands: Hands): HTMLElement | null {
  if (same.length === 0) return null;
  return el("details", { class: "fold" },
    el("summary", {}, `另 ${same.length} 件与此几乎相同`),
    same.map((telling) => card(group, telling, difference(first.text ?? "", telling.text ?? "")[1], hands, false)));
}
