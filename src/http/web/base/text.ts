// Texts with marks, texts side by side, and the small parts of every page.

import { type Child, el, replace } from "./dom.ts";
import { percent } from "./format.ts";
import { go, onState, state } from "./state.ts";

export type Mark = { start: number; end: number; weight?: number; tone?: string; title?: string };
export type Tone = "good" | "warn" | "bad" | "on" | "tell" | "calm";

/**
 * A text with spans marked; offsets count Unicode scalar values. A `weight` shades (below zero strikes through), a
 * `tone` is a class (`place`, `masked`, `differs`). Of spans that overlap, the later one counts.
 */
export function marked(text: string, spans: Mark[]): HTMLElement {
  const chars = Array.from(text);
  const over: (Mark | undefined)[] = chars.map(() => undefined);
  for (const span of spans) over.fill(span, span.start, span.end);
  const heaviest = Math.max(1e-9, ...spans.map((span) => Math.abs(span.weight ?? 0)));
  const shown = el("p", { class: "told" });
  for (let start = 0; start < chars.length;) {
    let end = start + 1;
    while (end < chars.length && over[end] === over[start]) end += 1;
    const run = chars.slice(start, end).join("");
    const span = over[start];
    shown.append(span ? el("mark", { class: look(span, heaviest), title: span.title }, run) : run);
    start = end;
  }
  return shown;
}

function look({ weight, tone }: Mark, heaviest: number): string {
  const share = (weight ?? 0) / heaviest;
  const shade = share > 0 ? `w${Math.min(3, 1 + Math.floor(share * 2.99))}` : share < 0 ? "against" : "";
  return [shade, tone].filter(Boolean).join(" ");
}

/** Two texts with what each has and the other lacks: `<del>` on the left, `<ins>` on the right. */
export function difference(a: string, b: string): [HTMLElement, HTMLElement] {
  const [left, right] = [words(a), words(b)];
  const [inA, inB] = common(left, right);
  return [runs(left, inA, "del"), runs(right, inB, "ins")];
}

const segmenter = new Intl.Segmenter("zh", { granularity: "word" });
const words = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);
/** Beyond this many comparisons only the common beginning and end are found. */
const MOST_CELLS = 4_000_000;

/** For each word of both, whether it belongs to the longest common sequence. */
function common(a: string[], b: string[]): [boolean[], boolean[]] {
  const [inA, inB] = [a.map(() => false), b.map(() => false)];
  let [start, endA, endB] = [0, a.length, b.length];
  while (start < endA && start < endB && a[start] === b[start]) { inA[start] = inB[start] = true; start += 1; }
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) { endA -= 1; endB -= 1; inA[endA] = inB[endB] = true; }
  const [rows, columns] = [endA - start, endB - start];
  if (rows * columns === 0 || rows * columns > MOST_CELLS) return [inA, inB];
  const width = columns + 1;
  const longest = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      longest[i * width + j] = a[start + i] === b[start + j]
        ? longest[(i + 1) * width + j + 1]! + 1
        : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (a[start + i] === b[start + j]) { inA[start + i] = inB[start + j] = true; i += 1; j += 1; }
    else if (longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!) i += 1;
    else j += 1;
  }
  return [inA, inB];
}

function runs(words: string[], same: boolean[], tag: "ins" | "del"): HTMLElement {
  const shown = el("p", { class: "told" });
  for (let start = 0; start < words.length;) {
    let end = start + 1;
    while (end < words.length && same[end] === same[start]) end += 1;
    const run = words.slice(start, end).join("");
    shown.append(same[start] ? run : el(tag, {}, run));
    start = end;
  }
  return shown;
}

/** The head of a page: its one `<h1>`, a sentence or tools beside it. */
export function heading(title: string, ...more: Child[]): HTMLElement {
  return el("header", { class: "page-head" }, el("h1", {}, title), more);
}

/** A bar of a share between 0 and 1; the number stands beside it, so it says nothing to a screen reader. */
export function bar(p: number): HTMLElement {
  const fill = el("i");
  fill.style.width = `${Math.min(1, Math.max(0, p)) * 100}%`;
  return el("span", { class: "bar", "aria-hidden": "true" }, fill);
}

/** A row of a list of shares (`ul.bars`): label, bar, percent. */
export function barRow(p: number, ...label: Child[]): HTMLElement {
  return el("li", {}, el("span", { class: "label" }, label), bar(p), el("span", { class: "pct" }, percent(p)));
}

/** A short word in a rounded frame. */
export function chip(text: Child, tone?: Tone, title?: string): HTMLElement {
  return el("span", { class: tone ? `chip ${tone}` : "chip", title }, text);
}

/** A surface with a heading. */
export function card(title: Child, ...children: Child[]): HTMLElement {
  return el("section", { class: "card" }, el("h2", {}, title), children);
}

/** A figure that stands for itself: what it is, how much, and what it rests on. */
export function fact(name: Child, value: Child, note?: Child): HTMLElement {
  return el("div", { class: "fact" }, el("dt", {}, name), el("dd", {}, el("b", {}, value), note && el("small", {}, note)));
}

/** Facts side by side. */
export function facts(...all: Child[]): HTMLElement {
  return el("dl", { class: "fact-row" }, all);
}

export type Tab = { key: string; name: string; body: () => Child | Promise<Child> };

/** Tabs; the chosen one lives in the address under `parameter`. ← → Home End move between them. */
export function tabs(label: string, all: Tab[], parameter = "tab"): HTMLElement {
  const id = (tab: Tab, part: string): string => `${parameter}-${tab.key}-${part}`;
  const buttons = all.map((tab) => el("button", {
    type: "button", role: "tab", id: id(tab, "tab"), "aria-controls": `${parameter}-panel`,
    onclick: () => go({ [parameter]: tab === all[0] ? null : tab.key }),
  }, tab.name));
  const panel = el("div", { role: "tabpanel", id: `${parameter}-panel`, tabindex: "-1" });
  let shown: Tab | undefined;

  async function draw(): Promise<void> {
    const chosen = all.find((tab) => tab.key === state().get(parameter)) ?? all[0]!;
    if (chosen === shown) return;
    shown = chosen;
    all.forEach((tab, at) => {
      buttons[at]!.setAttribute("aria-selected", String(tab === chosen));
      buttons[at]!.tabIndex = tab === chosen ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", id(chosen, "tab"));
    const body = await chosen.body();
    if (shown === chosen) replace(panel, body);
  }

  const list = el("div", { class: "tabs", role: "tablist", "aria-label": label }, buttons);
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const last = buttons.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[to]!.focus();
    buttons[to]!.click();
  });
  onState(() => void draw());
  void draw();
  return el("div", { class: "tabbed" }, list, panel);
}
