// A document and what can be done with it: the sheet, the note beside it, files, print, checking every figure.

import { type Query, downloadLinks } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { count } from "../../base/format.ts";
import { key } from "../../base/keys.ts";
import { failure } from "../../base/notice.ts";
import { go, onState, state } from "../../base/state.ts";
import { type Verdict, askAll } from "./again.ts";
import { citation } from "./citation.ts";
import type { Figure, PaperDocument } from "./document.ts";
import { type Paper, paper } from "./paper.ts";

let follow: (() => void) | null = null;
let following = false;

/** The sheet with its tools. `path` and `query` give the same document as a file. */
export function preview(document: PaperDocument, path: string, query: Query): HTMLElement {
  const choose = (figure: Figure): void => go({ fig: String(sheet.figures.indexOf(figure)) }, "replace");
  const sheet = paper(document, choose);
  const aside = el("aside", { class: "cite-place no-print", "aria-label": "出处", "aria-live": "polite" });
  const checked = el("div", { class: "check-place no-print", role: "status" });
  follow = () => showNote(document, sheet, aside);
  if (!following) onState(() => follow?.());
  following = true;
  key("p", "打印", () => print());
  key("Escape", "关闭出处", () => go({ fig: null }, "replace"));
  const check = el("button", { type: "button", class: "quiet", onclick: () => void checkAll(document, sheet, checked, check) }, icon("check"), "核对全部数字");
  const node = el("div", { class: "preview" },
    el("div", { class: "preview-tools no-print" },
      el("button", { type: "button", class: "main", onclick: () => print() }, icon("print"), "打印"), check,
      downloadLinks(path, query, ["docx", "html", "md", "xlsx"]),
      el("span", { class: "note push" }, `${count(sheet.figures.length)} 个数字，出自 ${document.sources.length} 次查询`)),
    checked,
    el("div", { class: "preview-sheet" }, sheet.node, aside));
  queueMicrotask(follow);
  return node;
}

function showNote(document: PaperDocument, sheet: Paper, aside: HTMLElement): void {
  const given = state().get("fig");
  const at = given === null ? -1 : Number(given);
  const figure = sheet.figures[at];
  sheet.links.forEach((link, here) => {
    if (here === at) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
  if (!figure) {
    replace(aside, hint());
    aside.classList.remove("open");
    return;
  }
  replace(aside, citation(document, figure, () => { go({ fig: null }, "replace"); sheet.links[at]?.focus(); }));
  aside.classList.add("open");
}

function hint(): HTMLElement {
  return el("section", { class: "cite-hint" },
    el("p", {}, "点文中任何一个数字，这里说明它出自哪次查询、在答案的哪一处，并可再问一次核对。"),
    el("p", {}, "键盘：", el("kbd", {}, "Tab"), " 进入正文，", el("kbd", {}, "←"), " ", el("kbd", {}, "→"), " 逐个数字，", el("kbd", {}, "Enter"), " 看出处。"));
}

async function checkAll(document: PaperDocument, sheet: Paper, place: HTMLElement, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  const meter = el("progress", { max: document.sources.length, value: 0, "aria-label": "核对进度" });
  replace(place, el("p", { class: "row" }, meter, "正在把每次查询再问一遍……"));
  try {
    const verdicts = await askAll(document, sheet.figures, (done) => { meter.value = done; });
    sheet.links.forEach((link, at) => link.classList.toggle("differs", !verdicts[at]!.same));
    replace(place, outcome(verdicts));
  } catch (error) {
    replace(place, failure(error, () => void checkAll(document, sheet, place, button)));
  } finally {
    button.disabled = false;
  }
}

function outcome(verdicts: Verdict[]): Child {
  const other = verdicts.map((verdict, at) => ({ ...verdict, at })).filter(({ same }) => !same);
  if (other.length === 0) return el("p", { class: "cite-told good" }, icon("check"), `全部 ${count(verdicts.length)} 个数字都与再问的答案一致。`);
  return el("div", { class: "cite-told bad" }, icon("warn"),
    el("div", {}, el("p", {}, `${count(verdicts.length)} 个数字中有 ${count(other.length)} 个与现在的答案不同：成文之后数据有变，请重新生成。`),
      el("ul", {}, other.slice(0, 20).map(({ figure, now, at }) => el("li", {},
        el("button", { type: "button", class: "link", onclick: () => go({ fig: String(at) }, "replace") }, figure.shown), ` → ${now ?? "不认识的写法"}`)))));
}
