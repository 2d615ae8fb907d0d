// The answers behind a figure, in a dialog that lives in the address: `a_question`, `a_option`, `a_theme`, `a_sentiment`.

import { type Query, TABLES, downloadLinks, get } from "../../base/api.ts";
import { dialog } from "../../base/dialog.ts";
import { type Child, el, replace } from "../../base/dom.ts";
import { count } from "../../base/format.ts";
import { block, failure, working } from "../../base/notice.ts";
import { address, go, onState, state } from "../../base/state.ts";
import { chip } from "../../base/text.ts";
import { type AnswerLine, type AnswerList, SENTIMENTS, type Sentiment } from "./data.ts";

const ASKED = ["question", "option", "theme", "sentiment"] as const;
type Asked = Partial<Record<(typeof ASKED)[number], string>>;
/** Names of the themes by code, as far as they are known. */
export type Names = (code: string) => string;

/** The address of the answers behind a figure. */
export function behind(asked: Asked): string {
  return address(Object.fromEntries(ASKED.map((name) => [`a_${name}`, asked[name] ?? null])));
}

const none = Object.fromEntries(ASKED.map((name) => [`a_${name}`, null]));
let opened: { wanted: string; close: () => void } | null = null;

/** Opens and closes the dialog as the address says; without a question it is of all open ones together. */
export function followAnswers(survey: string, names: () => Names): void {
  const draw = (): void => {
    const now = state();
    if (now.get("id") !== survey) return;
    const asked: Asked = Object.fromEntries(ASKED.flatMap((name) => (now.get(`a_${name}`) ? [[name, now.get(`a_${name}`)!]] : [])));
    const wanted = JSON.stringify(asked);
    if (opened?.wanted === wanted) return;
    const former = opened;
    opened = null;
    former?.close();
    if (Object.keys(asked).length > 0) show(survey, asked, wanted, names());
  };
  onState(draw);
  document.addEventListener("click", stay);
  draw();
}

/** A link that only opens a list of answers here needs no new page. */
function stay(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a.cases") : null;
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || link.pathname !== location.pathname) return;
  const wanted = new URLSearchParams(link.search);
  const rest = (of: URLSearchParams): string => [...of].filter(([name]) => !name.startsWith("a_") && name !== "fig").sort().join("&");
  if (rest(wanted) !== rest(state())) return;
  event.preventDefault();
  go({ ...none, ...Object.fromEntries([...wanted].filter(([name]) => name.startsWith("a_"))) });
}

function show(survey: string, asked: Asked, wanted: string, names: Names): void {
  const body = el("div", { class: "stack answers" });
  const { node, close } = dialog({ title: titleOf(asked, names), body, wide: true });
  opened = { wanted, close };
  node.addEventListener("close", () => {
    if (opened?.wanted !== wanted) return;
    opened = null;
    go(none, "replace");
  });
  void page(body, survey, asked, names, 0, []);
}

function titleOf({ option, theme, sentiment }: Asked, names: Names): string {
  const what = [option && `选“${option}”的`, theme && `说到“${names(theme)}”的`, sentiment && `态度${SENTIMENTS[sentiment as Sentiment] ?? sentiment}的`].filter(Boolean);
  return what.length > 0 ? `${what.join("、")}答卷` : "答卷";
}

async function page(place: HTMLElement, survey: string, asked: Query, names: Names, skip: number, before: AnswerLine[]): Promise<void> {
  await working(place, async () => {
    const found = await get<AnswerList>(`/v1/surveys/${survey}/answers`, { ...asked, skip: skip || null });
    const lines = [...before, ...found.answers];
    const more = el("button", { type: "button", class: "quiet", onclick: () => {
      more.disabled = true;
      page(place, survey, asked, names, found.next!, lines).catch((error: unknown) => place.append(failure(error)));
    } }, `再看 100 条（还有 ${count(found.total - lines.length)} 条）`);
    replace(place,
      el("header", { class: "row" }, el("h3", {}, found.question ? `${found.question} ${found.text}` : "各开放题"), el("span", { class: "soft" }, counted(found)),
        lines.length > 0 && el("span", { class: "with-name push" }, `全部 ${count(found.total)} 条`, downloadLinks(`/v1/surveys/${survey}/answers`, asked, TABLES))),
      !found.question && el("p", { class: "note" }, found.text),
      lines.length === 0 ? el("p", { class: "note" }, "没有可列的答卷；不足 5 份的不列。") : el("ol", { class: "answer-list" }, lines.map((line) => draw(line, names, !found.question))),
      found.next !== null && found.next !== undefined && more);
  }, [block(200)]);
}

/** People count once, however often they say it; copies are listed and not counted. */
function counted({ people, total }: AnswerList): string {
  return people === total ? `共 ${count(people)} 人` : `共 ${count(people)} 人；列出 ${count(total)} 条，一人几条只计一次，雷同的不计`;
}

function draw(line: AnswerLine, names: Names, together: boolean): HTMLElement {
  return el("li", {},
    el("span", { class: "soft" }, `#${line.respondent}`, together && ` ${line.question}`),
    el("div", {},
      line.text && el("p", { class: "told" }, line.text),
      (line.chosen ?? []).length > 0 && el("p", {}, line.chosen!.join("、")),
      el("p", { class: "chips" }, tags(line, names))));
}

function tags(line: AnswerLine, names: Names): Child[] {
  return [
    line.sentiment && chip(SENTIMENTS[line.sentiment], line.sentiment === "negative" ? "bad" : line.sentiment === "positive" ? "good" : "calm"),
    ...(line.themes ?? []).map((theme) => chip([names(theme.code), (theme.sub ?? []).map((sub) => ` › ${names(sub.code)}`)], undefined, `把握 ${Math.round(theme.probability * 100)}%`)),
    line.confirmed && chip("人工确认", "on"),
    line.copy_of && chip(`与 #${line.copy_of.respondent} 雷同，不重复计数`, "warn"),
  ];
}
