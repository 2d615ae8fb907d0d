// A field that finds as one types: by name, code or the initials of the pinyin.

import { el, replace } from "../../base/dom.ts";
import { initials } from "./pinyin.ts";

export type Choice = { code: string; name: string; note?: string; words?: string[] };
type Entry = Choice & { keys: string[] };

export type Pick = { node: HTMLElement; input: HTMLInputElement; value: () => string | null; set: (code: string | null) => void };

const SHOWN = 8;
let made = 0;

/** A combobox (WAI-ARIA: list autocomplete). What is typed and not chosen counts as nothing. */
export function pick(label: string, choices: Choice[], options: { placeholder?: string; value?: string | null; onPick?: (code: string | null) => void } = {}): Pick {
  const entries = choices.map((choice): Entry => ({ ...choice, keys: keysOf(choice) }));
  const id = `pick-${(made += 1)}`;
  let value: string | null = null;
  let found: Entry[] = [];
  let at = -1;
  const input = el("input", {
    type: "text", id, role: "combobox", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": `${id}-list`, placeholder: options.placeholder ?? "名称、代码或拼音首字母",
  });
  const list = el("ul", { id: `${id}-list`, class: "pick-list", role: "listbox", "aria-label": label, hidden: true });
  const node = el("div", { class: "pick" }, el("label", { for: id }, label), input, list);

  function close(): void {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function set(code: string | null): void {
    const entry = entries.find((one) => one.code === code);
    value = entry?.code ?? null;
    input.value = entry?.name ?? "";
    close();
  }

  function choose(entry: Entry): void {
    set(entry.code);
    options.onPick?.(entry.code);
  }

  function show(): void {
    found = search(entries, input.value);
    at = found.length > 0 && input.value.trim() !== "" ? 0 : -1;
    replace(list, found.length === 0
      ? el("li", { class: "pick-none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "没有这样的名称或代码")
      : found.map((entry, n) => el("li", {
        role: "option", id: `${id}-${n}`, "aria-selected": String(n === at),
        onpointerdown: (event: Event) => { event.preventDefault(); choose(entry); },
      }, el("span", {}, entry.name), el("small", {}, [entry.note, entry.code].filter(Boolean).join(" · ")))));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    point();
  }

  function point(): void {
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
    if (at >= 0) input.setAttribute("aria-activedescendant", `${id}-${at}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  input.addEventListener("input", () => { value = null; options.onPick?.(null); show(); });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => { close(); if (!value) input.value = ""; });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) return show();
      at = (at + step + found.length) % Math.max(1, found.length);
      return point();
    }
    if (list.hidden) return;
    if (event.key === "Enter" && found[at]) { event.preventDefault(); choose(found[at]!); }
    else if (event.key === "Tab" && found[at]) choose(found[at]!);
    else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
  });
  if (options.value) set(options.value);
  return { node, input, value: () => value, set };
}

function keysOf({ code, name, words = [] }: Choice): string[] {
  return [name, code, ...words, initials(name), ...words.map(initials)].map((key) => key.toLowerCase());
}

/** Beginnings before middles, the name before what else it is called. */
function search(entries: Entry[], typed: string): Entry[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return entries.slice(0, SHOWN);
  const rank = (entry: Entry): number => {
    const starts = entry.keys.findIndex((key) => key.startsWith(wanted));
    if (starts >= 0) return starts;
    const holds = entry.keys.findIndex((key) => key.includes(wanted));
    return holds >= 0 ? 100 + holds : Infinity;
  };
  return entries.map((entry) => ({ entry, by: rank(entry) })).filter(({ by }) => by < Infinity)
    .sort((a, b) => a.by - b.by).slice(0, SHOWN).map(({ entry }) => entry);
}
