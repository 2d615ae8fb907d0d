// Asking again: the query behind a figure, and whether it gives the same.

import { get } from "../../base/api.ts";
import type { Figure, PaperDocument, Source } from "./document.ts";
import { rewritten } from "./figure.ts";

export type Verdict = { figure: Figure; now: string | null; same: boolean };

/** Asks the query of one figure and writes the figure anew. */
export async function askAgain(document: PaperDocument, figure: Figure): Promise<Verdict> {
  const source = sourceOf(document, figure);
  return compared(figure, source ? await get<unknown>(source.query) : undefined);
}

/** Asks every query once, one after the other, and compares all figures; `told` hears how far it is. */
export async function askAll(document: PaperDocument, figures: Figure[], told: (done: number, all: number) => void): Promise<Verdict[]> {
  const answers = new Map<number, unknown>();
  for (const [done, source] of document.sources.entries()) {
    told(done, document.sources.length);
    answers.set(source.number, await get<unknown>(source.query));
  }
  told(document.sources.length, document.sources.length);
  return figures.map((figure) => compared(figure, answers.get(figure.source)));
}

/** The source of a figure. */
export const sourceOf = (document: PaperDocument, figure: Figure): Source | undefined =>
  document.sources.find(({ number }) => number === figure.source);

function compared(figure: Figure, answer: unknown): Verdict {
  const now = rewritten(figure, answer);
  return { figure, now, same: now === figure.shown };
}
