// A new survey: the file, what it seems to ask, what a person makes of that, and keeping it.

import { Problem, post, request, withQuery } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { base64, fileButton } from "../../base/file.ts";
import { failure, lines, notice } from "../../base/notice.ts";
import { heading } from "../../base/text.ts";
import { checklistCard } from "./checklist.ts";
import { columnsCard } from "./columns.ts";
import { ACTOR, type Guess, type Whole, questions } from "./data.ts";
import { methodCard } from "./method.ts";

const MOST_BYTES = 48 * 1024 * 1024;

/** Draws the form. */
export function showNew(root: HTMLElement): void {
  const place = el("div", { class: "stack" });
  const take = (file: File): void => void examine(place, file, () => replace(place, drop(take)));
  replace(root,
    el("a", { href: "/surveys", class: "back no-print" }, icon("back"), "各次调查"),
    heading("新建调查", el("p", { class: "note" }, "答卷文件 → 核对各列 → 保存。保存之前什么也不留。")),
    place);
  replace(place, drop(take));
}

/** Where a file is dropped or chosen. */
function drop(take: (file: File) => void): HTMLElement {
  const input: HTMLInputElement = el("input", { type: "file", id: "answers-file", accept: ".csv,.xlsx,.txt,.tsv", onchange: () => { if (input.files?.[0]) take(input.files[0]); } });
  const zone = el("div", { class: "drop" },
    icon("table"),
    el("p", { class: "state-title" }, "把答卷文件拖到这里"),
    el("p", { class: "note" }, "问卷星、腾讯问卷等平台导出的 CSV（UTF-8 或 GB18030）或 XLSX：第一行是列名，以下一行一份答卷。"),
    el("label", { for: input.id, class: "main" }, "选择文件"), input,
    el("p", { class: "note" }, icon("lock"), " 姓名、电话、IP 等个人信息的列不读，文字脱敏后才保存。"));
  const over = (is: boolean) => (event: DragEvent): void => { event.preventDefault(); zone.classList.toggle("over", is); };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
  return zone;
}

async function examine(place: HTMLElement, file: File, again: () => void): Promise<void> {
  if (file.size > MOST_BYTES) return notice("文件超过 48 MB，请分批导出。", { tone: "bad" });
  replace(place, el("p", { class: "note", role: "status" }, `正在查看 ${file.name}……`), lines(6));
  try {
    const bytes = await file.arrayBuffer();
    const path = withQuery("/v1/surveys:examine", { filename: file.name });
    const response = await request(path, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: bytes });
    const show = (guess: Guess, by: string | null): void => replace(place, form(file.name, bytes, guess, by, again, async (toml) => {
      show(await post<Guess>(path, { file: base64(bytes), toml: await toml.text() }), toml.name);
    }));
    show(await response.json() as Guess, null);
  } catch (error) {
    replace(place, failure(error), el("p", {}, el("button", { type: "button", class: "quiet", onclick: again }, icon("back"), "换一个文件")));
  }
}

/** The form; `by` is the `survey.toml` that the file was read by, and `confirmed` reads it by another. */
function form(filename: string, bytes: ArrayBuffer, guess: Guess, by: string | null, again: () => void, confirmed: (toml: File) => Promise<void>): Child[] {
  const { survey } = guess;
  const problems = el("div", { role: "status" });
  const fatal = guess.checklist.findings.filter((one) => one.fatal).length;
  const keep = el("button", { type: "button", class: "main", onclick: () => void save() }, icon("check"), "保存");

  async function save(): Promise<void> {
    const lacking = method.lacking();
    if (lacking) return;
    keep.disabled = true;
    replace(problems, el("p", { class: "note" }, "正在读答卷、脱敏、保存……"));
    try {
      const kept = await post<Whole>("/v1/surveys", { filename, file: base64(bytes), survey: cleaned(survey), actor: ACTOR });
      location.assign(`/surveys?id=${kept.id}`);
    } catch (error) {
      keep.disabled = false;
      replace(problems, failure(error), error instanceof Problem && error.status === 409 && el("p", {}, el("a", { href: "/surveys" }, "到各次调查里找它")));
      problems.scrollIntoView({ block: "nearest" });
    }
  }

  const method = methodCard(survey);
  return [
    el("div", { class: "row" }, icon("table"), el("b", {}, filename),
      el("span", { class: "note" }, `${guess.columns.length} 列，读出 ${questions(survey).length} 题`),
      el("button", { type: "button", class: "link", onclick: again }, "换一个文件"),
      el("span", { class: "push row" }, el("span", { class: "note", role: "status" }, by === null ? "问卷由程序猜出；以前确认过的，可用 survey.toml：" : `问卷取自 ${by}`),
        fileButton([icon("table"), "用 survey.toml"], ".toml", (toml) => confirmed(toml).catch((error: unknown) => {
          replace(problems, failure(error));
          problems.scrollIntoView({ block: "nearest" });
        })))),
    checklistCard(guess.checklist),
    columnsCard(survey, guess.columns),
    method.node,
    problems,
    el("div", { class: "row save-row" }, keep,
      el("span", { class: "note" }, fatal > 0 ? `还有 ${fatal} 处必须改；在上面改好题型、选项，或改好文件再传。保存时会再查一遍。` : "保存时会按上面的设置再查一遍。")),
  ];
}

/** As it is sent: nothing empty, and no options where there are none. */
function cleaned(survey: Guess["survey"]): Guess["survey"] {
  const kept = Object.entries(survey).filter(([, value]) => value !== null && value !== "");
  const whole = { ...Object.fromEntries(kept) } as Guess["survey"];
  for (const name of ["title", "organiser", "population", "mode", "period"] as const) whole[name] = survey[name] ?? "";
  const given = ([name, value]: [string, unknown]): boolean =>
    value !== null && value !== undefined && value !== "" && (name !== "scores" || (value as number[]).every((score) => Number.isFinite(score)));
  whole.question = questions(survey).map((question) => Object.fromEntries(Object.entries(question).filter(given)) as typeof question);
  return whole;
}
