// Where the words of a search stand in what a case says.

import { type Child, el } from "../../base/dom.ts";
import { type Case, heading, isProtected } from "./words.ts";

/** What two lines of the list hold, in characters; and what is shown before a word that stands further on. */
const IN_SIGHT = 50;
const BEFORE = 14;

/** The words of a search as the service reads them, but for traditional writing. */
export const wordsOf = (asked: string | null): string[] => (asked ?? "").normalize("NFKC").split(/\s+/).filter(Boolean);

const any = (words: string[]): RegExp => new RegExp(`(${words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|")})`, "giu");
const holds = (text: string, word: string): boolean => any([word]).test(text);

/** A text with these words marked. */
function marking(text: string, words: string[]): Child {
  return text.split(any(words)).map((part, at) => (at % 2 === 1 ? el("mark", {}, part) : part));
}

/** What the list says of a case; where a word stands out of sight, also the words around it. */
export function excerpt(one: Case, words: string[], before: Child): Child {
  const opening = heading(one);
  if (words.length === 0 || isProtected(one)) return el("span", { class: "excerpt" }, before, opening);
  const missing = words.find((word) => !holds(opening.slice(0, IN_SIGHT), word));
  const told = [opening, one.text.replace(/\s+/g, " "), one.location?.text ?? "", one.reference ? `工单编号 ${one.reference}` : ""];
  const around = missing && told.find((text) => holds(text, missing));
  return [
    el("span", { class: "excerpt" }, before, marking(opening, words)),
    around && el("small", { class: "around" }, marking(cut(around, around.search(any([missing]))), words)),
  ];
}

function cut(text: string, at: number): string {
  const start = Math.max(0, at - BEFORE);
  return `${start > 0 ? "…" : ""}${text.slice(start, start + IN_SIGHT)}${start + IN_SIGHT < text.length ? "…" : ""}`;
}
