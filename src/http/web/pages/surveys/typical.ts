// Typical answers, one after the other: Enter confirms the theme that is proposed, a digit or letter chooses others.

import { type Child, el, icon, replace } from "../../base/dom.ts";
import { key } from "../../base/keys.ts";
import { type AnswerKey, NONE, OFF, type Typical, isTheme } from "./data.ts";
import type { Desk } from "./frame.ts";

const CAPS = "1234567890qwrtyuiop".split("");
type Asked = { answer: AnswerKey; text: string; code: string };

const skipped = new Set<string>();
const idOf = ({ question, respondent }: AnswerKey): string => `${question}/${respondent}`;

/** The card; it goes on to the next answer when the frame is drawn anew. */
export function typicalCard(desk: Desk): HTMLElement {
  const { typical, frame } = desk.now();
  const waiting = inTurns(typical).filter(({ answer }) => !skipped.has(idOf(answer)));
  const confirmed = frame.confirmed ?? [];
  const current = waiting[0];
  return el("section", { class: "card typical", "aria-labelledby": "typical-title" },
    el("h2", { id: "typical-title" }, "请确认典型答案"),
    el("p", { class: "note" }, `已确认 ${confirmed.length} 条，还有 ${waiting.length} 条。每个主题几条就够，归类以确认的为准。`),
    current ? question(desk, current) : el("p", {}, confirmed.length > 0 ? "这一批都确认了，可以签认。" : "没有要确认的答案。"),
    confirmed.length > 0 && done(desk));
}

/** One of each theme, then the second of each, so that a few minutes serve all themes. */
function inTurns(typical: Typical[]): Asked[] {
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
  return all;
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
  key("Enter", "确认这条典型答案", () => { if (node.isConnected) say(); });
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
