// The document as a sheet of paper, after GB/T 9704: red head, 一、 （一） 1., tables ruled, signed and dated at the end.

import { type Child, el } from "../../base/dom.ts";
import { address } from "../../base/state.ts";
import {
  type Block, type Figure, type PaperDocument, type PaperTable, type Part, type Point, type Sentence, figuresOf, isFigure, ordinal, written,
} from "./document.ts";
import { picture } from "./picture.ts";

export type Paper = { node: HTMLElement; figures: Figure[]; links: HTMLAnchorElement[] };

/** Draws a document; `choose` is told which figure the reader wants to know more of. */
export function paper(document: PaperDocument, choose: (figure: Figure) => void): Paper {
  const figures = figuresOf(document);
  // Links, not buttons: a long name must break over lines like the words around it.
  const links = figures.map((figure, at) => el("a", { class: "figure", href: address({ fig: String(at) }), onclick: (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(figure);
  } }, figure.shown));
  const placed = new Map(figures.map((figure, at) => [figure, links[at]!]));
  const hand: Hand = { cite: (figure) => placed.get(figure) ?? figure.shown, choose };
  const node = el("article", { class: "paper", "aria-label": document.title },
    el("header", { class: "paper-head" },
      document.issuer && el("p", { class: "paper-issuer" }, document.issuer),
      document.number && el("p", { class: "paper-number" }, document.number),
      el("hr"),
      el("h2", {}, document.title),
      document.subtitle && el("p", { class: "paper-subtitle" }, document.subtitle),
      document.edition === "public" && el("p", { class: "paper-edition" }, "公开版")),
    document.sections.map(({ title, blocks }, at) => el("section", {}, el("h3", {}, `${ordinal(at + 1)}、${title}`), drawBlocks(blocks, hand))),
    el("footer", { class: "paper-foot" },
      el("div", { class: "paper-signed" }, document.issuer && el("p", {}, document.issuer), el("p", {}, written(document.dated))),
      document.notes.length > 0 && el("div", { class: "paper-notes" }, el("p", {}, "说明："), el("ol", {}, document.notes.map((note) => el("li", {}, note)))),
      sources(document)));
  walkable(node, links);
  return { node, figures, links };
}

type Hand = { cite: (figure: Figure) => Child; choose: (figure: Figure) => void };

function drawBlocks(blocks: Block[], hand: Hand): Child[] {
  let headings = 0;
  return blocks.map((block): Child => {
    switch (block.kind) {
      case "heading": return el("h4", {}, `（${ordinal((headings += 1))}）${block.body}`);
      case "paragraph": return el("p", { class: "paper-text" }, block.body.map((sentence) => say(sentence, hand)));
      case "points": return el("ol", { class: "paper-points" }, block.body.map((point) => drawPoint(point, hand)));
      case "table": return drawTable(block.body, hand);
      case "picture": return el("div", { class: "paper-picture" }, picture(block.body, hand.cite, hand.choose));
      case "quote": return el("blockquote", {}, el("p", {}, "“", hand.cite(block.body.words), "”"), block.body.said && el("footer", {}, "——", say(block.body.said, hand, false)));
    }
  });
}

/** A sentence, and after it the numbers of its sources. */
function say({ parts }: Sentence, hand: Hand, numbered = true): Child[] {
  const from = [...new Set(parts.filter(isFigure).map(({ source }) => source))];
  return [...parts.map((part) => show(part, hand)), numbered && from.length > 0 && el("sup", { "aria-hidden": "true" }, `[${from.join(",")}]`)];
}

const show = (part: Part, hand: Hand): Child => (isFigure(part) ? hand.cite(part) : part);

function drawPoint({ sentences, rule }: Point, hand: Hand): HTMLElement {
  return el("li", {}, sentences.map((sentence) => say(sentence, hand)), rule && el("small", { class: "paper-rule" }, `（条件：${rule}）`));
}

function drawTable(of: PaperTable, hand: Hand): HTMLElement {
  const kind = (at: number): string | null => (of.columns[at]?.number ? "number" : null);
  return el("div", { class: "paper-table", role: "region", "aria-label": of.title, tabindex: "0" },
    el("table", {}, el("caption", {}, of.title),
      el("thead", {}, el("tr", {}, of.columns.map(({ name }, at) => el("th", { scope: "col", class: kind(at) }, name)))),
      el("tbody", {}, of.rows.map((row) => el("tr", {}, row.map((part, at) => (at === 0 && !of.columns[0]?.number
        ? el("th", { scope: "row" }, show(part, hand)) : el("td", { class: kind(at) }, show(part, hand)))))))),
    of.note && el("p", { class: "paper-note" }, of.note));
}

function sources(document: PaperDocument): HTMLElement {
  return el("details", { class: "paper-sources" }, el("summary", {}, `数据来源（${document.sources.length} 次查询）`),
    el("ol", {}, document.sources.map(({ number, name, query }) => el("li", { value: number }, el("b", {}, name), " ", el("code", {}, query)))),
    el("p", { class: "paper-note" }, "输入摘要 ", el("code", {}, document.inputs), "：数据不变则不变。"));
}

/** One stop for Tab; ← → Home End go from figure to figure, in the order they are read. */
function walkable(node: HTMLElement, links: HTMLAnchorElement[]): void {
  links.forEach((link, at) => { link.tabIndex = at === 0 ? 0 : -1; });
  node.addEventListener("keydown", (event) => {
    // Of a chart only one view is in the page: what is not there, or not seen, is passed over.
    const seen = links.filter((link) => link.isConnected && link.offsetParent !== null);
    const now = seen.indexOf(globalThis.document.activeElement as HTMLAnchorElement);
    const to = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: seen.length - 1 }[event.key];
    if (now < 0 || to === undefined || !seen[to]) return;
    event.preventDefault();
    for (const link of links) link.tabIndex = -1;
    seen[to].tabIndex = 0;
    seen[to].focus();
  });
}
