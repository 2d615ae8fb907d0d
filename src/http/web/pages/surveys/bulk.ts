// Typical answers by theme, several confirmed at once: ↑ ↓ go from answer to answer, space chooses, Enter confirms.

import { type Child, el, icon, replace } from "../../base/dom.ts";
import { count } from "../../base/format.ts";
import { key } from "../../base/keys.ts";
import { chip } from "../../base/text.ts";
import { WANTED, confirmedFor } from "./confirmed.ts";
import { type Theme, isTheme } from "./data.ts";
import type { Desk } from "./frame.ts";
import type { Asked } from "./typical.ts";

/** The answers under the theme that they are taken for. */
export function bulkList(desk: Desk, waiting: Asked[]): HTMLElement {
  const chosen = new Map<HTMLInputElement, Asked>();
  const boxes: HTMLInputElement[] = [];
  const confirm = el("button", { type: "button", class: "main", onclick: () => send() });
  const refresh = (): void => {
    chosen.clear();
    boxes.forEach((box, at) => { if (box.checked) chosen.set(box, offered[at]!); });
    confirm.disabled = chosen.size === 0;
    replace(confirm, icon("check"), `确认所选 ${count(chosen.size)} 条`, el("kbd", {}, "Enter"));
  };
  const offered: Asked[] = [];
  const line = (asked: Asked): HTMLElement => {
    const box = el("input", { type: "checkbox", onchange: refresh });
    boxes.push(box);
    offered.push(asked);
    return el("li", {}, el("label", { class: "bulk-answer" }, box, el("span", {}, asked.text, " ", el("small", { class: "soft" }, `${asked.answer.question} · #${asked.answer.respondent}`))));
  };
  const themes = (desk.now().frame.theme ?? []).map((theme) => group(desk, theme, waiting.filter(({ code }) => code === theme.code), line, refresh));
  const node = el("div", { class: "stack bulk" },
    el("p", { class: "note" }, "程序把这些答案看作所列的主题。读过、说得对的勾上；不对的不勾，用“逐条”改到别的主题。"),
    themes, el("div", { class: "row bulk-foot" }, confirm));
  function send(): void {
    const steps = [...chosen.values()].map(({ answer, code }) => ({ do: "confirm" as const, answer, codes: [code] }));
    if (steps.length > 0) void desk.act(steps, `已确认 ${count(steps.length)} 条`);
  }
  node.addEventListener("keydown", (event) => {
    const at = boxes.indexOf(document.activeElement as HTMLInputElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (at < 0 || (event.key !== "Enter" && (to === undefined || !boxes[to]))) return;
    event.preventDefault();
    if (to === undefined) send();
    else boxes[to]!.focus();
  });
  key("Enter", "确认典型答案", () => { if (node.isConnected) send(); });
  refresh();
  return node;
}

function group(desk: Desk, theme: Theme, answers: Asked[], line: (asked: Asked) => HTMLElement, chosen: () => void): Child {
  if (answers.length === 0) return null;
  const got = confirmedFor(desk.now().frame, theme);
  const list = el("ul", {}, answers.map(line));
  const all = el("button", { type: "button", class: "link", "aria-label": `全选“${desk.name(theme.code)}”的答案`, onclick: () => {
    const boxes = [...list.querySelectorAll<HTMLInputElement>("input")];
    const on = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = on;
    chosen();
  } }, "全选");
  return el("fieldset", { class: "bulk-theme" },
    el("legend", {}, el("b", {}, desk.name(theme.code)), " ", isTheme(theme) && chip(`${got} / ${WANTED}`, got >= WANTED ? "good" : "warn", "已确认的答案"), " ", all),
    list);
}
