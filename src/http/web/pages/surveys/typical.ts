// Typical answers, one after the other (Enter confirms the theme that is proposed, a digit or letter chooses others), or many
// at once by theme.

import { type Child, el, icon, replace } from "../../base/dom.ts";
import { key } from "../../base/keys.ts";
import { go, state } from "../../base/state.ts";
import { bulkList } from "./bulk.ts";
import { WANTED, confirmedProgress, wanting } from "./confirmed.ts";
import { type AnswerKey, type Frame, NONE, OFF, type Typical, isTheme, questions } from "./data.ts";
import type { Desk } from "./frame.ts";

const CAPS = "1234567890qwrtyuiop".split("");
/** An answer, and the theme that it is taken for. */
export type Asked = { answer: AnswerKey; text: string; code: string };
type Mode = "one" | "bulk";

const skipped = new Set<string>();
const idOf = ({ question, respondent }: AnswerKey): string => `${question}/${respondent}`;

/** The card; it goes on to the next answer when the frame is drawn anew. */
export function typicalCard(desk: Desk): HTMLElement {
  const { typical, frame, log } = desk.now();
  const all = inTurns(frame, typical).filter(({ answer }) => !skipped.has(idOf(answer)));
  // What is asked of signed themes is what the program is least sure of: each is read by itself.
  const doubtful = log.findLast(({ state }) => state === "signed" || state === "proposed")?.state === "signed";
  const mode: Mode = state().get("confirm") === "bulk" && !doubtful ? "bulk" : "one";
  const asked = state().get("cq");
  const waiting = all.filter(({ answer }) => !asked || answer.question === asked);
  const confirmed = frame.confirmed ?? [];
  const current = waiting[0];
  const none = (): HTMLElement => el("p", {}, confirmed.length > 0 ? "这一批都确认了，可以签认。" : "没有要确认的答案。");
  return el("section", { class: "card typical", "aria-labelledby": "typical-title" },
    el("div", { class: "row" }, el("h2", { id: "typical-title" }, doubtful ? "请确认拿不准的答案" : "请确认典型答案"), !doubtful && el("span", { class: "push" }, modes(mode))),
    el("p", { class: "note" }, `已确认 ${confirmed.length} 条，还有 ${waiting.length} 条。每个主题至少 ${WANTED} 条，归类以确认的为准；还不足的排在前面。${doubtful ? "这些是程序最拿不准的，先选的主题常不对，请逐条看。" : ""}`),
    confirmedProgress(frame),
    byQuestion(desk, all, asked),
    !current ? none() : mode === "bulk" ? bulkList(desk, waiting) : question(desk, current),
    confirmed.length > 0 && done(desk));
}

function modes(mode: Mode): HTMLElement {
  const choice = (value: Mode, words: string): HTMLElement =>
    el("button", { type: "button", "aria-pressed": String(mode === value), onclick: () => go({ confirm: value === "bulk" ? value : null }, "replace") }, words);
  return el("span", { class: "switch", role: "group", "aria-label": "怎样确认" }, choice("one", "逐条"), choice("bulk", "成批"));
}

/** Which question's answers, where there are several open questions. */
function byQuestion(desk: Desk, all: Asked[], asked: string | null): Child {
  const open = questions(desk.one.survey).filter(({ kind }) => kind === "open");
  if (open.length < 2) return null;
  const number = (id: string): number => all.filter(({ answer }) => answer.question === id).length;
  const select: HTMLSelectElement = el("select", { id: "confirm-question", onchange: () => go({ cq: select.value || null }, "replace") },
    el("option", { value: "" }, `各题（${all.length} 条）`), open.map(({ id, text }) => el("option", { value: id, selected: id === asked }, `${id} ${text}（${number(id)} 条）`)));
  return el("div", { class: "form-field" }, el("label", { for: select.id }, "哪一题的答案"), select);
}

/** One of each theme, then the second of each, so that a few minutes serve all themes; those that have enough come last. */
function inTurns(frame: Frame, typical: Typical[]): Asked[] {
  const lacking = new Set(wanting(frame).map(({ code }) => code));
  const longest = Math.max(0, ...typical.map(({ answers }) => answers.length));
  const seen = new Set<string>();
  const all: Asked[] = [];
  for (let turn = 0; turn < longest; turn += 1) {
    for (const { code, answers } of typical) {
      const one = answers[turn];
      if (!one || seen.has(idOf(one.answer))) continue;
      seen.add(idOf(one.answer));
      all.push({ ...one, code });
    }
  }
  return [...all.filter(({ code }) => lacking.has(code)), ...all.filter(({ code }) => !lacking.has(code))];
}

function question(desk: Desk, { answer, text, code }: Asked): HTMLElement {
  const themes = (desk.now().frame.theme ?? []).filter(isTheme);
  const chosen = new Set([code]);
  const choices: [string, string, string][] = [
    ...themes.map(({ code, name }, at): [string, string, string] => [CAPS[at] ?? "", code, name]), ["n", NONE!, "没有意见"], ["x", OFF!, "别的事"],
  ];
  const buttons = choices.map(([cap, one, name]) => el("button", { type: "button", class: "quiet choice", "data-theme-code": one, onclick: () => toggle(one) }, cap && el("kbd", {}, cap), name));
  const subs = el("div", { class: "chips", role: "group", "aria-label": "子主题" });
  const draw = (): void => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(chosen.has(button.dataset.themeCode!) || subsOf(button.dataset.themeCode!).some((sub) => chosen.has(sub)))));
    const open = themes.filter((theme) => chosen.has(theme.code) || subsOf(theme.code).some((sub) => chosen.has(sub)));
    replace(subs, open.flatMap((theme) => (theme.sub ?? []).map((sub) => el("button", { type: "button", class: "quiet choice", "aria-pressed": String(chosen.has(sub.code)), onclick: () => { refine(theme.code, sub.code); } }, sub.name))));
  };
  const subsOf = (theme: string): string[] => themes.find(({ code }) => code === theme)?.sub?.map(({ code }) => code) ?? [];
  /** A sub-theme stands in for its theme. */
  function refine(theme: string, sub: string): void {
    if (chosen.delete(sub)) { if (!subsOf(theme).some((one) => chosen.has(one))) chosen.add(theme); }
    else { chosen.add(sub); chosen.delete(theme); }
    draw();
  }
  function toggle(one: string): void {
    const had = chosen.delete(one) || subsOf(one).filter((sub) => chosen.delete(sub)).length > 0;
    if (!had) {
      // No opinion, and something else, each stand alone.
      if (one === NONE || one === OFF) chosen.clear();
      else { chosen.delete(NONE!); chosen.delete(OFF!); }
      chosen.add(one);
    }
    draw();
  }
  const say = (): void => { if (chosen.size > 0) void desk.act([{ do: "confirm", answer, codes: [...chosen] }], `已确认：${[...chosen].map(desk.name).join("、")}`); };
  const pass = (): void => { skipped.add(idOf(answer)); const old = node.closest(".typical"); old?.replaceWith(typicalCard(desk)); };
  for (const [cap, one, name] of choices) if (cap) key(cap, `典型答案：${name}`, () => { if (node.isConnected) toggle(one); });
  key("Enter", "确认典型答案", () => { if (node.isConnected) say(); });
  key("j", "跳过这条典型答案", () => { if (node.isConnected) pass(); });
  const node = el("div", { class: "stack" },
    el("blockquote", { class: "told", "aria-live": "polite" }, text),
    el("p", { class: "note" }, `${answer.question} · #${answer.respondent} · 程序看作“${desk.name(code)}”`),
    el("div", { class: "choices", role: "group", "aria-label": "说的是哪些主题" }, buttons), subs,
    el("div", { class: "row" }, el("button", { type: "button", class: "main", onclick: say }, icon("check"), "确认", el("kbd", {}, "Enter")),
      el("button", { type: "button", class: "quiet", onclick: pass }, "跳过", el("kbd", {}, "j"))));
  draw();
  return node;
}

/** What was confirmed, to take back. */
function done(desk: Desk): Child {
  const confirmed = desk.now().frame.confirmed ?? [];
  return el("details", {}, el("summary", {}, `已确认的 ${confirmed.length} 条`),
    el("ul", { class: "confirmed" }, confirmed.map(({ answer, codes }) => el("li", {},
      el("span", { class: "soft" }, `${answer.question} #${answer.respondent}`), el("span", {}, codes.map(desk.name).join("、")),
      el("button", { type: "button", class: "link", "aria-label": `撤回对 #${answer.respondent} 的确认`, onclick: () => void desk.act([{ do: "unconfirm", answer }], "已撤回确认") }, "撤回")))));
}
