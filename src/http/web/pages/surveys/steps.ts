// The steps on a frame, each with the question it takes.

import { confirm, dialog } from "../../base/dialog.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { type Step, type SubTheme, type Theme, isTheme } from "./data.ts";
import type { Desk } from "./frame.ts";

type Choice = [code: string, name: string];

/** A form in a dialog; `send` says whether it may close. */
function form(desk: Desk, title: string, yes: string, body: Child, send: () => Promise<boolean> | undefined): void {
  const submit = el("button", { type: "submit", class: "main" }, yes);
  const node = el("form", { class: "stack" }, body, el("p", { class: "dialog-foot" }, el("button", { type: "button", class: "quiet", onclick: () => close() }, "取消"), submit));
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    if (await send()) {
      close();
      desk.refocus();
    }
    submit.disabled = false;
  });
  const { close } = dialog({ title, body: node });
  node.querySelector<HTMLElement>("input, select, textarea")?.focus();
}

function line(label: string, input: HTMLElement): HTMLElement {
  return el("div", { class: "form-field" }, el("label", { for: input.id }, label), input);
}

const text = (id: string, value = "", hint = ""): HTMLInputElement => el("input", { id, value, placeholder: hint, autocomplete: "off" });
const area = (id: string, value = ""): HTMLTextAreaElement => el("textarea", { id, rows: 3, placeholder: "什么算、什么不算；和相近的主题怎样分" }, value);
const chooser = (id: string, choices: Choice[]): HTMLSelectElement => el("select", { id }, choices.map(([code, name]) => el("option", { value: code }, `${code} ${name}`)));

const themes = (desk: Desk): Theme[] => (desk.now().frame.theme ?? []).filter(isTheme);
const everything = (desk: Desk): Choice[] => themes(desk).flatMap((theme): Choice[] => [[theme.code, theme.name], ...(theme.sub ?? []).map(({ code, name }): Choice => [code, `${theme.name} › ${name}`])]);

/** 改名、改界线 */
export function renameDialog(desk: Desk, of: SubTheme): void {
  const name = text("step-name", of.name);
  const description = area("step-description", of.description ?? "");
  form(desk, `改名：${of.name}`, "保存", [line("名称", name), line("界线", description)], () =>
    (name.value.trim() ? desk.act([{ do: "rename", code: of.code, name: name.value.trim(), description: description.value.trim() }], `已改为“${name.value.trim()}”`) : undefined));
}

/** 并入另一个 */
export function mergeDialog(desk: Desk, of: SubTheme): void {
  const choices = everything(desk).filter(([code]) => code !== of.code && !code.startsWith(of.code));
  const into = chooser("step-into", choices);
  form(desk, `把“${of.name}”并入`, "并入", [line("并到哪个主题", into), el("p", { class: "note" }, "原有的子主题和确认过的答案一并过去。")], () => mergeInto(desk, [of.code], into.value));
}

/** Makes themes one. */
export const mergeInto = (desk: Desk, codes: string[], into: string): Promise<boolean> =>
  desk.act([{ do: "merge", codes, into }], `已把${codes.map((code) => `“${desk.name(code)}”`).join("、")}并入“${desk.name(into)}”`);

/** 移动 */
export function moveDialog(desk: Desk, of: SubTheme, top: boolean): void {
  const choices: Choice[] = themes(desk).filter(({ code, sub }) => code !== of.code && !(sub ?? []).some((one) => one.code === of.code)).map(({ code, name }) => [code, name]);
  const under = chooser("step-under", choices);
  if (!top) under.prepend(el("option", { value: "" }, "升为一级主题"));
  form(desk, `移动“${of.name}”`, "移动", line("移到哪个主题下", under), () => moveUnder(desk, of.code, under.value || null));
}

/** Moves a theme under another, or to the first level. */
export const moveUnder = (desk: Desk, code: string, under: string | null): Promise<boolean> =>
  desk.act([{ do: "move", code, ...(under ? { under } : {}) }], under ? `已移到“${desk.name(under)}”下` : `“${desk.name(code)}”已升为一级主题`);

/** 按描述增加 */
export function addDialog(desk: Desk, under: string | null): void {
  const [name, description] = [text("step-name"), area("step-description")];
  // By its description answers are found: without one the theme would stay empty.
  name.required = description.required = true;
  form(desk, under ? `在“${desk.name(under)}”下增加子主题` : "增加主题", "增加", [line("名称", name), line("界线（按它找答案）", description)], () =>
    (name.value.trim() ? desk.act([{ do: "add", name: name.value.trim(), description: description.value.trim(), ...(under ? { under } : {}) }], `已增加“${name.value.trim()}”`) : undefined));
}

/** 拆开 */
export function splitDialog(desk: Desk, of: SubTheme): void {
  const place = el("div", { class: "stack" });
  const parts: [HTMLInputElement, HTMLTextAreaElement][] = [];
  const more = (): void => {
    const at = parts.length;
    parts.push([text(`split-name-${at}`), area(`split-description-${at}`)]);
    replace(place, parts.map(([name, description], n) => el("fieldset", { class: "margin" }, el("legend", {}, `第 ${n + 1} 个`), line("名称", name), line("界线", description))));
  };
  more();
  more();
  form(desk, `拆开“${of.name}”`, "拆开", [place, el("button", { type: "button", class: "quiet", onclick: more }, icon("add"), "再加一个"), el("p", { class: "note" }, "原来确认过的答案须另行确认。")], () => {
    const into = parts.map(([name, description]) => ({ name: name.value.trim(), description: description.value.trim() })).filter(({ name }) => name);
    return into.length >= 2 ? desk.act([{ do: "split", code: of.code, into }], `已拆成 ${into.length} 个`) : undefined;
  });
}

/** 撤掉 */
export async function drop(desk: Desk, of: SubTheme & Partial<Theme>): Promise<void> {
  const subs = of.sub?.length ?? 0;
  const sure = subs === 0 || await confirm({ title: `撤掉“${of.name}”？`, body: `连同 ${subs} 个子主题；它的答案会归到别的主题或“没有意见”。`, yes: "撤掉", danger: true });
  if (sure) await desk.act([{ do: "drop", code: of.code }], `已撤掉“${of.name}”`);
}

/** 对应的诉求分类 */
export const linkTo = (desk: Desk, code: string, category: string | null): Promise<boolean> =>
  desk.act([{ do: "link", code, ...(category ? { category } : {}) }], category ? `已确认“${desk.name(code)}”对应分类 ${category}` : `“${desk.name(code)}”没有对应的分类`);

/** A step in words. */
export function stepWords(step: Step, name: (code: string) => string): string {
  const all = (codes: string[]): string => codes.map((code) => `“${name(code)}”`).join("、");
  switch (step.do) {
    case "rename": return step.name ? `${step.code} 改名为“${step.name}”` : `改了“${name(step.code)}”的界线`;
    case "merge": return `${all(step.codes)} 并入“${name(step.into)}”`;
    case "split": return `${step.code} 拆成 ${step.into.map((one) => `“${one.name}”`).join("、")}`;
    case "drop": return `撤掉 ${all([step.code])}`;
    case "move": return step.under ? `“${name(step.code)}”移到“${name(step.under)}”下` : `“${name(step.code)}”升为一级`;
    case "add": return step.under ? `在“${name(step.under)}”下增加“${step.name}”` : `增加“${step.name}”`;
    case "confirm": return `确认 ${step.answer.question} #${step.answer.respondent}：${step.codes.map(name).join("、")}`;
    case "unconfirm": return `撤回确认 ${step.answer.question} #${step.answer.respondent}`;
    case "link": return step.category ? `“${name(step.code)}”对应分类 ${step.category}` : `“${name(step.code)}”没有对应的分类`;
  }
}
