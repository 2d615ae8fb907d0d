// The columns of a file and what each is read as; a person confirms or changes it in place.

import { type Child, el, icon, replace } from "../../base/dom.ts";
import { chip } from "../../base/text.ts";
import { type FileColumn, KINDS, type Order, type Question, type QuestionKind, type Survey, hasOptions, questions } from "./data.ts";

/** The card with one row for each column. Changes go straight into `survey`. */
export function columnsCard(survey: Survey, columns: FileColumn[]): HTMLElement {
  const counts = new Map<string, number>();
  for (const { question } of columns) if (question) counts.set(question, (counts.get(question) ?? 0) + 1);
  const seen = new Set<string>();
  const rows = columns.map((column) => {
    const again = Boolean(column.question && seen.has(column.question));
    if (column.question) seen.add(column.question);
    return row(survey, column, again, counts.get(column.question ?? "") ?? 1);
  });
  const personal = columns.filter((column) => column.personal).length;
  return el("section", { class: "card columns-card", "aria-labelledby": "columns-title" },
    el("h2", { id: "columns-title" }, "各列读作什么"),
    el("p", { class: "note" }, "程序按列名和内容猜出题型、选项和口径；请逐列核对，不对的就地改。", personal > 0 && `个人信息 ${personal} 列已丢弃，没有读。`),
    el("div", { class: "table-box", role: "region", "aria-label": "各列", tabindex: "0" },
      el("table", { class: "table dense" }, el("caption", { class: "hidden" }, "各列读作什么"),
        el("thead", {}, el("tr", {}, ["列", "列名", "题型", "题目、选项和口径"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, rows))));
}

function row(survey: Survey, column: FileColumn, again: boolean, size: number): HTMLElement {
  const details = el("td", { class: "wide" });
  const head = [el("th", { scope: "row" }, column.column), el("td", { class: "column-head", title: column.header }, column.header)];
  if (column.personal) return el("tr", { class: "dropped" }, head, el("td", {}, chip([icon("lock"), "已丢弃"], "calm")), el("td", { class: "wide soft" }, "个人信息，内容没有读"));
  if (again) return el("tr", { class: "same" }, head, el("td", { class: "soft" }, "同上"), el("td", { class: "wide soft" }, `属于 ${column.question}`));
  let question = questions(survey).find(({ id }) => id === column.question) ?? null;
  const set = (kind: QuestionKind): void => {
    if (!question && kind !== column.kind) survey.question = [...questions(survey), question = made(survey, column, kind)];
    if (question) change(question, kind);
    replace(details, told(question, column, size));
  };
  const select: HTMLSelectElement = el("select", { "aria-label": `${column.column} 列的题型`, onchange: () => set(select.value as QuestionKind) },
    (Object.entries(KINDS) as [QuestionKind, string][]).map(([kind, name]) => el("option", { value: kind, selected: kind === (question?.kind ?? column.kind) }, name)));
  replace(details, told(question, column, size));
  return el("tr", {}, head, el("td", {}, select), details);
}

/** A question for a column that had none. */
function made(survey: Survey, column: FileColumn, kind: QuestionKind): Question {
  const ids = new Set(questions(survey).map(({ id }) => id));
  let id = `c${column.column.toLowerCase()}`;
  while (ids.has(id)) id += "x";
  return { id, text: column.header, kind, column: column.header, options: [] };
}

function change(question: Question, kind: QuestionKind): void {
  question.kind = kind;
  if (!hasOptions(kind)) { question.missing = null; question.favourable = null; question.order = null; question.scores = null; question.most = null; }
  if (kind === "nps") question.options = Array.from({ length: 11 }, (_, mark) => String(mark));
  if (kind === "rating" && (question.options ?? []).some((option) => Number.isNaN(Number(option)))) question.options = ["1", "2", "3", "4", "5"];
  if (kind === "open") question.options = [];
}

function told(question: Question | null, column: FileColumn, size: number): Child {
  if (!question || question.kind === "skip") return el("span", { class: "soft" }, column.kind === "skip" || question ? "不读" : `${KINDS[column.kind]}，平台自带的列`);
  const text: HTMLInputElement = el("input", { value: question.text, "aria-label": `${question.id} 的题目`, class: "question-text", oninput: () => { question.text = text.value; } });
  const summary = el("summary", {});
  const refresh = (): void => replace(summary, brief(question, size));
  refresh();
  return el("div", { class: "column-told" }, el("span", { class: "row" }, el("span", { class: "soft" }, question.id), text),
    question.matrix && el("p", { class: "note" }, `矩阵题：${question.matrix}`),
    (hasOptions(question.kind) || question.kind === "rating") && el("details", {}, summary, editor(question, refresh)));
}

function brief(question: Question, size: number): string {
  const inferred = question.kind === "single" && !question.favourable && !question.missing;
  const parts = [`${(question.options ?? []).length} 个选项`, size > 1 && `${size} 列`, inferred && "满意、未表态由程序推定",
    question.favourable?.length && `满意：${question.favourable.join("、")}`, question.missing?.length && `未表态：${question.missing.join("、")}`,
    question.most && `最多选 ${question.most} 项`];
  return parts.filter(Boolean).join(" · ");
}

const ORDERS: [string, string][] = [["", "由程序推定"], ["best_first", "从好到差"], ["worst_first", "从差到好"]];

/** Options with what counts as satisfied and as no opinion. */
function editor(question: Question, changed: () => void): HTMLElement {
  const place = el("div", { class: "option-editor" });
  const toggled = (list: string[] | null | undefined, option: string, on: boolean): string[] => (on ? [...(list ?? []), option] : (list ?? []).filter((one) => one !== option));
  const box = (option: string, name: "favourable" | "missing", words: string): HTMLElement => {
    const input: HTMLInputElement = el("input", { type: "checkbox", checked: (question[name] ?? []).includes(option), onchange: () => { question[name] = toggled(question[name], option, input.checked); changed(); } });
    return el("label", {}, input, " ", words);
  };
  const draw = (): void => {
    const options = question.options ?? [];
    replace(place,
      question.kind === "single" && el("p", { class: "note" }, "没有勾选时由程序按字面推定（满意、基本满意……；未表态、说不清……）；一经勾选，以勾选为准。"),
      el("ul", {}, options.map((option, at) => el("li", {},
        el("span", { class: "option-name" }, option),
        question.kind === "single" && box(option, "favourable", "算满意"), question.kind === "single" && box(option, "missing", "算未表态"),
        question.kind === "single" && score(question, at),
        el("button", { type: "button", class: "bare", "aria-label": `去掉选项 ${option}`, onclick: () => { question.options = options.filter((_, other) => other !== at); changed(); draw(); } }, icon("close"))))),
      adder(question, () => { changed(); draw(); }),
      question.kind === "single" && order(question),
      question.kind === "multiple" && most(question, changed));
  };
  draw();
  return place;
}

function score(question: Question, at: number): HTMLElement {
  const input: HTMLInputElement = el("input", { type: "number", step: "any", class: "score", value: question.scores?.[at] ?? "", "aria-label": `${question.options![at]} 的分值`, placeholder: "分值", oninput: () => {
    const all = (question.options ?? []).map((_, other) => question.scores?.[other] ?? Number.NaN);
    all[at] = input.value === "" ? Number.NaN : Number(input.value);
    // Scores count only when every option has one.
    question.scores = all.every((one) => !Number.isNaN(one)) ? all : all.some((one) => !Number.isNaN(one)) ? all : null;
  } });
  return input;
}

function adder(question: Question, added: () => void): HTMLElement {
  const input: HTMLInputElement = el("input", { "aria-label": "新的选项", placeholder: "加一个选项" });
  const add = (): void => {
    const option = input.value.trim();
    if (!option || question.options?.includes(option)) return;
    question.options = [...(question.options ?? []), option];
    added();
  };
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); add(); } });
  return el("div", { class: "row" }, input, el("button", { type: "button", class: "quiet", onclick: add }, icon("add"), "加"));
}

function order(question: Question): HTMLElement {
  const select: HTMLSelectElement = el("select", { "aria-label": "选项的次序", onchange: () => { question.order = (select.value || null) as Order | null; } },
    ORDERS.map(([code, name]) => el("option", { value: code, selected: code === (question.order ?? "") }, name)));
  return el("label", { class: "row" }, "选项的次序", select);
}

function most(question: Question, changed: () => void): HTMLElement {
  const input: HTMLInputElement = el("input", { type: "number", min: "1", value: question.most ?? "", class: "score", oninput: () => { question.most = input.value ? Number(input.value) : null; changed(); } });
  return el("label", { class: "row" }, "最多选几项", input);
}
