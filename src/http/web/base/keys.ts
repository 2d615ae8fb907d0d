// Keys: each page names its own, `?` lists them all.

import { dialog } from "./dialog.ts";
import { el } from "./dom.ts";

type Shortcut = { combination: string; text: string; act: () => void };

const shortcuts: Shortcut[] = [];

/**
 * Takes a key: `"a"`, `"/"`, `"Ctrl+Enter"`, `"g h"` (one after the other). Keys without Ctrl are ignored while
 * typing, and all while a dialog is open. A key named again replaces the former.
 */
export function key(combination: string, text: string, act: () => void): void {
  const at = shortcuts.findIndex((known) => known.combination === combination);
  if (at >= 0) shortcuts.splice(at, 1);
  shortcuts.push({ combination, text, act });
}

let before = "";
let pressedAt = 0;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey || document.querySelector("dialog[open]")) return;
  const held = event.ctrlKey || event.metaKey;
  const target = event.target instanceof Element ? event.target : null;
  if (!held && target?.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  // Enter and space belong to the control in focus.
  if (!held && (event.key === "Enter" || event.key === " ") && target?.closest("button, a, summary, [tabindex]:not(main)")) return;
  const name = event.key.length === 1 && !held ? event.key : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const pressed = held ? `Ctrl+${name}` : name;
  const pair = Date.now() - pressedAt < 1200 ? `${before} ${pressed}` : "";
  [before, pressedAt] = [pressed, Date.now()];
  const meant = shortcuts.find((known) => known.combination === pair) ?? shortcuts.find((known) => known.combination === pressed);
  if (!meant) return;
  event.preventDefault();
  meant.act();
});

/** The keys as they are drawn: `Ctrl + Enter`. */
export function caps(combination: string): HTMLElement {
  return el("span", { class: "caps" }, combination.split(/[+ ]/).map((one) => el("kbd", {}, one)));
}

/** The list of keys. */
export function help(): void {
  const rows = shortcuts.map(({ combination, text }) => el("tr", {}, el("td", {}, caps(combination)), el("td", {}, text)));
  const list = el("table", { class: "keys" }, el("caption", { class: "hidden" }, "本页的按键"),
    el("thead", { class: "hidden" }, el("tr", {}, el("th", { scope: "col" }, "按键"), el("th", { scope: "col" }, "作用"))),
    el("tbody", {}, rows));
  dialog({ title: "按键", body: list });
}
