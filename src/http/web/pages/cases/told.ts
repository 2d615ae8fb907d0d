// What a case says: its text with the words that spoke for the suggestion, what it is about, what is still to be asked.

import type { Taxonomy } from "../../base/api.ts";
import { type Child, el, icon } from "../../base/dom.ts";
import { percent, sureness } from "../../base/format.ts";
import { notice } from "../../base/notice.ts";
import { barRow, card, chip, type Mark, marked } from "../../base/text.ts";
import { flagChip, type Suggestion, urgencyChip } from "./words.ts";

const PERSONAL: Record<string, string> = {
  phone: "手机号", landline: "座机号", id_card: "证件号", bank_card: "银行卡号", plate: "车牌", email: "邮箱",
  wechat: "微信号", qq: "QQ号", name: "姓名", house_no: "门牌",
};
/** What stands in a kept text where something personal stood. */
const STANDS_IN = /\[(?:手机号|电话|身份证|银行卡|车牌|邮箱|微信|QQ|姓名|门牌)\]/g;

/** Whether the offsets of a kept suggestion count in the kept text: masking may have moved them. */
export function fits(text: string, said: Suggestion | null): Suggestion | null {
  const chars = Array.from(text);
  const spans = (said?.assignment[0]?.reasons ?? []).filter((reason) => reason.kind === "span");
  const same = said?.masked.length === 0 && spans.every((span) => chars.slice(span.start, span.end).join("") === span.text);
  return same ? said : null;
}

/** The text with its marks and what they mean; `said` is the suggestion whose offsets count in this text. */
export function told(text: string, said: Suggestion | null): HTMLElement {
  const marks = said ? marksOf(text, said) : standIns(text);
  const has = (test: (mark: Mark) => boolean) => marks.some(test);
  const legend = [
    has((m) => (m.weight ?? 0) > 0) && el("span", {}, el("mark", { class: "w2" }, "起作用的词")),
    has((m) => (m.weight ?? 0) < 0) && el("span", {}, el("mark", { class: "against" }, "不支持的词")),
    has((m) => Boolean(m.tone?.includes("place"))) && el("span", {}, el("mark", { class: "place" }, "事发地")),
    has((m) => Boolean(m.tone?.includes("masked"))) && el("span", {}, el("mark", { class: "masked" }, "已脱敏")),
  ].filter(Boolean);
  const shown = marked(text, marks);
  // What was typed as a number is shown as what it is.
  for (const mark of shown.querySelectorAll<HTMLElement>("mark.masked")) {
    if (!mark.textContent?.startsWith("[")) mark.textContent = `[${mark.title.split("，")[0]}]`;
  }
  return el("div", { class: "told-box" }, shown, legend.length > 0 && el("p", { class: "legend" }, legend));
}

function marksOf(text: string, said: Suggestion): Mark[] {
  const spans = (said.assignment[0]?.reasons ?? []).filter((reason) => reason.kind === "span");
  const words = spans.map(({ start, end, weight }): Mark => ({
    start, end, weight, title: weight > 0 ? "支持主办单位的词" : "不支持主办单位的词",
  }));
  const place = said.location?.start != null && said.location.end != null
    ? [{ start: said.location.start, end: said.location.end, tone: "place", title: "事发地" }] : [];
  const masked = said.masked.map(({ start, end, kind }): Mark => ({ start, end, tone: "masked", title: `${PERSONAL[kind] ?? "个人信息"}，已脱敏` }));
  return [...place, ...words.flatMap((word) => within(word, place[0])), ...masked, ...standIns(text)];
}

/** A word that lies in the place keeps the place's line under it. */
function within(word: Mark, place: Mark | undefined): Mark[] {
  if (!place || word.end <= place.start || word.start >= place.end) return [word];
  const cuts = [word.start, Math.max(word.start, place.start), Math.min(word.end, place.end), word.end];
  return cuts.slice(1).map((end, n): Mark => ({ ...word, start: cuts[n]!, end, ...(n === 1 ? { tone: "place" } : {}) }))
    .filter(({ start, end }) => start < end);
}

function standIns(text: string): Mark[] {
  return Array.from(text.matchAll(STANDS_IN), (found): Mark => {
    const start = Array.from(text.slice(0, found.index)).length;
    return { start, end: start + Array.from(found[0]).length, tone: "masked", title: "个人信息，保存前已脱敏" };
  });
}

/** Categories, most probable first, with their path and the probability in words and number. */
export function categories(said: Suggestion): HTMLElement | null {
  const [first, ...others] = said.categories;
  if (!first) return null;
  return card("分类",
    el("p", { class: "path" }, el("strong", {}, first.path.replaceAll("/", " / ")), el("small", { class: "code" }, first.code),
      el("span", { class: "sure" }, `${sureness(first.probability)} ${percent(first.probability)}`)),
    others.length > 0 && el("ul", { class: "bars" }, others.map((one) =>
      barRow(one.probability, el("small", { class: "code" }, one.code), one.path.replaceAll("/", " / ")))));
}

/** What is known of it beside the category; of a case that is `hidden` nothing that was read word by word. */
export function elements(said: Suggestion, names: Taxonomy, hidden = false): HTMLElement {
  const list = el("dl", { class: "elements" });
  const add = (name: string, ...value: Child[]) => {
    if (value.flat().some(Boolean)) list.append(el("dt", {}, name), el("dd", {}, ...value as (Node | string)[]));
  };
  const [petition] = said.petition_types;
  const { district, street, community: estate, place: read } = said.location ?? {};
  const [community, place] = hidden ? [null, null] : [estate, read];
  if (petition) add("诉求类型", `${petition.name} `, el("small", {}, `${sureness(petition.probability)} ${percent(petition.probability)}`));
  add("紧急程度", urgencyChip({ code: said.urgency.level, name: said.urgency.name }) ?? said.urgency.name, el("small", {}, ` ${percent(said.urgency.probability)}`));
  const where = [district, street, community].filter((part) => part && !place?.includes(part)).concat(place ?? []).join(" · ");
  if (where) add("事发地", where);
  if (said.flags.length > 0) add("标签", el("span", { class: "chips" }, said.flags.map((flag) => flagChip(flag, names.name))));
  if (!hidden && said.keywords.length > 0) add("关键词", el("span", { class: "chips" }, said.keywords.slice(0, 8).map((word) => chip(word.text))));
  return card("要素", list);
}

/** Questions whose answer would decide where it goes. */
export function questions(said: Suggestion): HTMLElement | null {
  return said.ask.length === 0 ? null : card("建议追问", el("ul", { class: "askfor" }, said.ask.map((one) => el("li", {}, one))));
}

/** Several matters in one text: each with its words and where it would go alone. */
export function matters(text: string, said: Suggestion): HTMLElement | null {
  if (said.multi_issue.length === 0) return null;
  const chars = Array.from(text);
  const rows = said.multi_issue.map(({ start, end, categories: [category], lead }, n) => {
    const words = chars.slice(start, end).join("");
    const copy = el("button", { type: "button", class: "bare no-print", "aria-label": `复制第 ${n + 1} 件的文字`, onclick: () => void copied(words) }, icon("copy"));
    return el("li", {},
      el("p", { class: "matter-goes" }, el("b", {}, `第 ${n + 1} 件`), category?.path.replaceAll("/", " / ") ?? "未分类", icon("forward"),
        el("strong", {}, lead?.name ?? "待定"), copy),
      el("p", { class: "matter-words" }, words));
  });
  return card(`一单多诉：建议拆为 ${rows.length} 件`, el("ol", { class: "matters" }, rows));
}

async function copied(words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    notice("已复制，可粘贴为新的诉求（P）");
  } catch {
    notice("浏览器不让复制，请选中文字后复制。", { tone: "warn" });
  }
}
