// How a frame came to be as it is, newest first.

import { el } from "../../base/dom.ts";
import { moment } from "../../base/format.ts";
import type { FrameBody, LogLine } from "./data.ts";
import { stepWords } from "./steps.ts";

/** The log as a card that opens. */
export function logCard({ log }: FrameBody, name: (code: string) => string): HTMLElement {
  return el("details", { class: "card log" }, el("summary", {}, el("h2", {}, `修改记录（${log.length}）`)),
    el("ol", {}, [...log].reverse().map((line) => el("li", {}, el("span", { class: "soft" }, `第 ${line.version} 版 · ${moment(line.at)}${line.actor ? ` · ${line.actor}` : ""}`), el("p", {}, what(line, name))))));
}

function what({ step, state }: LogLine, name: (code: string) => string): string {
  if (step) return stepWords(step, name);
  return { proposed: "程序提出主题表", signed: "签认", edited: "整表替换（撤销，或导入）" }[state];
}
