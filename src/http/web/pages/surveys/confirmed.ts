// How far confirming has got: each theme wants a few answers that a person read.

import { type Child, el } from "../../base/dom.ts";
import { count } from "../../base/format.ts";
import { type Frame, type Theme, isTheme } from "./data.ts";

/** So many confirmed answers a theme wants before it is signed. */
export const WANTED = 3;

/** How many answers are confirmed for a theme; those of its sub-themes are its own. */
export function confirmedFor(frame: Frame, theme: Theme): number {
  const codes = new Set([theme.code, ...(theme.sub ?? []).map(({ code }) => code)]);
  return (frame.confirmed ?? []).filter((one) => one.codes.some((code) => codes.has(code))).length;
}

/** The themes that want more. */
export const wanting = (frame: Frame): Theme[] =>
  (frame.theme ?? []).filter((theme) => isTheme(theme) && confirmedFor(frame, theme) < WANTED);

/** 12 / 15 个主题已有 3 条 */
export function confirmedProgress(frame: Frame): Child {
  const all = (frame.theme ?? []).filter(isTheme).length;
  const enough = all - wanting(frame).length;
  return all > 0 && el("span", { class: "row confirmed-progress" },
    el("progress", { max: all, value: enough, "aria-label": "各主题确认的答案" }),
    el("span", {}, el("b", {}, `${count(enough)} / ${count(all)}`), ` 个主题已有 ${WANTED} 条确认的答案`));
}
