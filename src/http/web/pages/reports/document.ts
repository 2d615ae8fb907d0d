// A document as the service writes it: sections of sentences, tables and pictures, in which every number is a figure
// that knows where it comes from.

export type Figure = { shown: string; source: number; pointers: string[]; form: string; link?: string | null };
export type Part = string | Figure;
export type Sentence = { parts: Part[] };
export type Point = { sentences: Sentence[]; rule?: string | null };
export type PaperTable = { title: string; columns: { name: string; number: boolean }[]; rows: Part[][]; note?: string | null };
export type Picture = {
  title: string; shape: "bars" | "columns" | "line" | "stacked"; unit: string; names: Part[]; series: { name: string; points: Figure[] }[];
};
export type Quote = { words: Figure; said?: Sentence | null };
export type Block =
  | { kind: "heading"; body: string } | { kind: "paragraph"; body: Sentence[] } | { kind: "points"; body: Point[] }
  | { kind: "table"; body: PaperTable } | { kind: "picture"; body: Picture } | { kind: "quote"; body: Quote };
export type Source = { number: number; name: string; query: string; link?: string | null; sha256: string };
export type Edition = "internal" | "public";
export type PaperDocument = {
  title: string; subtitle?: string | null; issuer?: string | null; number?: string | null; dated: string; edition: Edition;
  sections: { title: string; blocks: Block[] }[]; notes: string[]; sources: Source[]; inputs: string;
};

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
