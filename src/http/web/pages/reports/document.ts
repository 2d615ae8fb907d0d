// A document as the service writes it: sections of sentences, tables and pictures, in which every number is a figure
// that knows where it comes from.

import type { Schema } from "../../base/api.ts";

export type Figure = Schema<"DocumentFigure">;
export type Part = Schema<"Part">;
export type Sentence = Schema<"Sentence">;
export type Point = Schema<"Point">;
export type PaperTable = Schema<"DocumentTable">;
export type Picture = Schema<"Picture">;
export type Quote = Schema<"Quote">;
export type Block = Schema<"Block">;
export type Source = Schema<"DocumentSource">;
export type Edition = Schema<"Edition">;
export type PaperDocument = Schema<"Document">;

/** Whether a part is a figure, not words. */
export const isFigure = (part: Part): part is Figure => typeof part !== "string";
/** A part as it is read. */
export const textOf = (part: Part): string => (isFigure(part) ? part.shown : part);

/** All figures in the order they are read; the place of one in this list is its name in the address. */
export function figuresOf(document: PaperDocument): Figure[] {
  return document.sections.flatMap(({ blocks }) => blocks.flatMap(ofBlock));
}

function ofBlock(block: Block): Figure[] {
  const ofSentences = (all: Sentence[]): Figure[] => all.flatMap(({ parts }) => parts.filter(isFigure));
  switch (block.kind) {
    case "heading": return [];
    case "paragraph": return ofSentences(block.body);
    case "points": return block.body.flatMap(({ sentences }) => ofSentences(sentences));
    case "table": return block.body.rows.flat().filter(isFigure);
    case "picture": return [...block.body.names.filter(isFigure), ...block.body.series.flatMap(({ points }) => points)];
    case "quote": return [block.body.words, ...ofSentences(block.body.said ? [block.body.said] : [])];
  }
}

const CHINESE = "零一二三四五六七八九";

/** 一、二、…… 十二 */
export function ordinal(n: number): string {
  if (n < 10) return CHINESE[n]!;
  const [tens, ones] = [Math.floor(n / 10), n % 10];
  return `${tens > 1 ? CHINESE[tens] : ""}十${ones > 0 ? CHINESE[ones] : ""}`;
}

/** 2026年11月25日 */
export function written(date: string): string {
  const [year, month, day] = date.slice(0, 10).split("-").map(Number);
  return `${year}年${month}月${day}日`;
}
