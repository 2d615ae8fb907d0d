// What the page says by itself: a short notice with undo, the wait, the failure, the empty place.

import { Problem } from "./api.ts";
import { type Child, el, icon, replace } from "./dom.ts";

type Tone = "good" | "warn" | "bad";
const SHOWN_MS = 6000;
const UNDO_MS = 10_000;

let place: HTMLElement | null = null;
let takeBack: (() => void) | null = null;

function shelf(): HTMLElement {
  place ??= document.body.appendChild(el("div", { class: "notices", role: "status", "aria-live": "polite" }));
  return place;
}

/** A notice at the foot of the page; with `undo` a 撤销 button (and Ctrl+Z) for ten seconds. */
export function notice(text: string, options: { tone?: Tone; undo?: () => Promise<void> } = {}): void {
  const { tone = "good", undo } = options;
  const said = el("p", {}, text);
  const node = el("div", { class: `notice ${tone}` }, icon(tone === "good" ? "check" : "warn"), said);
  const gone = () => { node.remove(); if (takeBack === back) takeBack = null; };
  const back = async () => {
    takeBack = null;
    try {
      await undo!();
      gone();
      notice("已撤销");
    } catch (error) {
      gone();
      notice(`没有撤销：${words(error)}`, { tone: "bad" });
    }
  };
  if (undo) {
    takeBack = back;
    node.append(el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "Control+Z", onclick: back }, "撤销"));
  }
  node.append(el("button", { type: "button", class: "bare", "aria-label": "关闭提示", onclick: gone }, icon("close")));
  shelf().append(node);
  leaveAfter(node, undo ? UNDO_MS : SHOWN_MS, gone);
}

/** Goes away by itself, though not from under a hand or the keyboard. */
function leaveAfter(node: HTMLElement, ms: number, gone: () => void): void {
  setTimeout(() => {
    if (node.matches(":hover") || node.contains(document.activeElement)) leaveAfter(node, 2000, gone);
    else gone();
  }, ms);
}

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || typing || !takeBack) return;
  event.preventDefault();
  takeBack();
});

/** What went wrong, in words for the reader. */
export function words(error: unknown): string {
  if (error instanceof Problem) return error.detail || error.title;
  return error instanceof Error && error.message ? error.message : "出了意料之外的错";
}

/**
 * Does `work`, with a skeleton in `place` that makes way for what the work draws there. When it fails, `place` says
 * what went wrong and offers 重试. Only the last call for a place counts.
 */
export async function working<T>(place: Element, work: () => Promise<T>, skeleton?: Child): Promise<T | undefined> {
  const turn = (turns.get(place) ?? 0) + 1;
  turns.set(place, turn);
  const current = () => turns.get(place) === turn;
  place.setAttribute("aria-busy", "true");
  if (place.childElementCount === 0) replace(place, skeleton ?? lines(4));
  try {
    const done = await work();
    if (current()) place.setAttribute("aria-busy", "false");
    return current() ? done : undefined;
  } catch (error) {
    if (!current() || (error instanceof DOMException && error.name === "AbortError")) return undefined;
    place.setAttribute("aria-busy", "false");
    if (!(error instanceof Problem)) console.error(error);
    replace(place, failure(error, () => { replace(place); void working(place, work, skeleton); }));
    return undefined;
  }
}

const turns = new WeakMap<Element, number>();

/** Grey lines where text will stand. */
export function lines(n: number): HTMLElement {
  return el("div", { class: "skeleton", "aria-hidden": "true" }, Array.from({ length: n }, () => el("span")));
}

/** A grey box of the height of what will stand there. */
export function block(height: number): HTMLElement {
  const node = el("div", { class: "skeleton block", "aria-hidden": "true" });
  node.style.height = `${height}px`;
  return node;
}

/** The error state: title, detail, each flaw, and what to do. */
export function failure(error: unknown, retry?: () => void): HTMLElement {
  const problem = error instanceof Problem ? error : new Problem(0, { title: "出错了", detail: words(error) });
  return el("section", { class: "state bad", role: "alert" },
    icon("warn"),
    el("p", { class: "state-title" }, problem.title),
    problem.detail && el("p", {}, problem.detail),
    problem.errors.length > 0 && el("ul", {}, problem.errors.map((flaw) =>
      el("li", {}, `${flaw.parameter ?? flaw.pointer ?? ""}：${flaw.detail}`))),
    retry && el("button", { type: "button", class: "quiet", onclick: retry }, icon("refresh"), "重试"));
}

/** The empty state: what there is not, and what to do about it. */
export function empty(text: Child, ...more: Child[]): HTMLElement {
  return el("div", { class: "state" }, el("p", { class: "state-title" }, text), more);
}
