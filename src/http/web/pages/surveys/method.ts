// How the survey was made: what must be told with every figure of it.

import { get } from "../../base/api.ts";
import { type Child, el, replace } from "../../base/dom.ts";
import { count, percent } from "../../base/format.ts";
import { card } from "../../base/text.ts";
import { type Head, SAMPLINGS, type Sampling, type Survey, questions } from "./data.ts";

type TextField = [name: "title" | "organiser" | "fielded_by" | "purpose" | "population" | "frame" | "mode" | "period" | "selection", label: string, hint: string, needed?: boolean];
const TEXTS: TextField[] = [
  ["title", "调查名称", "如 2026 年政务大厅服务满意度调查", true], ["organiser", "主办单位", "", true], ["population", "调查对象", "向谁做的，如 下半年到大厅办过事的人", true],
  ["mode", "调查方式", "网络问卷、电话、入户、现场扫码", true], ["period", "调查时间", "2026-09-07至2026-09-20", true],
  ["fielded_by", "实施单位", "与主办单位不同时填"], ["purpose", "调查目的", ""], ["frame", "抽样框", "名单从哪里来"], ["selection", "抽取办法", "照原样写进方法说明"],
];
const SAYS: Record<Sampling, string> = {
  open: "不能代表全体市民；区间只作假设参考，报告里会写明。", random: "可以说抽样误差。", quota: "不是随机抽样；区间只作参考。", census: "未经抽样，不列误差。", hotline: "来电者自行反映，不列误差。",
};

/** The card; `lacking` marks what is missing and says whether anything is. */
export function methodCard(survey: Survey): { node: HTMLElement; lacking: () => boolean } {
  const inputs = new Map<string, HTMLInputElement>();
  const fields = TEXTS.map(([name, label, hint, needed]) => {
    const input: HTMLInputElement = el("input", { id: `survey-${name}`, value: survey[name] ?? "", placeholder: hint, required: needed, oninput: () => { survey[name] = input.value.trim(); input.removeAttribute("aria-invalid"); } });
    inputs.set(name, input);
    return field(label, input, needed);
  });
  const says = el("p", { class: "note", role: "status" }, SAYS[survey.sampling ?? "open"]);
  const sampling: HTMLSelectElement = el("select", { id: "survey-sampling", onchange: () => { survey.sampling = sampling.value as Sampling; says.textContent = SAYS[survey.sampling]; } },
    Object.entries(SAMPLINGS).map(([code, name]) => el("option", { value: code, selected: code === survey.sampling }, name)));
  const invited: HTMLInputElement = el("input", { id: "survey-invited", type: "number", min: "0", value: survey.invited ?? "", placeholder: "用来算回收率", oninput: () => { survey.invited = invited.value ? Number(invited.value) : null; } });
  const overall: HTMLSelectElement = el("select", { id: "survey-overall", onchange: () => { survey.overall = overall.value || null; } });
  const fill = (): void => replace(overall, el("option", { value: "" }, "由程序推定"), questions(survey).filter(({ kind }) => kind === "single" || kind === "rating" || kind === "nps")
    .map(({ id, text }) => el("option", { value: id, selected: id === survey.overall }, `${id} ${text}`)));
  fill();
  overall.addEventListener("focus", fill);
  const lacking = (): boolean => {
    const empty = TEXTS.filter(([name, , , needed]) => needed && !(survey[name] ?? "").trim());
    for (const [name] of empty) inputs.get(name)!.setAttribute("aria-invalid", "true");
    if (empty[0]) inputs.get(empty[0][0])!.focus();
    return empty.length > 0;
  };
  const node = card("怎样做的", el("p", { class: "note" }, "写进报告第一章；带 * 的必填。"),
    el("div", { class: "form-grid" }, fields, field("受访者怎样产生", sampling, true, says), field("发放份数", invited), field("总体评价是哪一题", overall), previous(survey)),
    margins(survey));
  return { node, lacking };
}

function field(label: string, input: HTMLElement, needed = false, more: Child = null): HTMLElement {
  return el("div", { class: "form-field" }, el("label", { for: input.id }, label, needed && el("span", { class: "bad-text", "aria-hidden": "true" }, " *")), input, more);
}

/** The wave before, of those that are kept here. */
function previous(survey: Survey): HTMLElement {
  const select: HTMLSelectElement = el("select", { id: "survey-previous", onchange: () => { survey.previous = select.value ? { survey: select.value } : null; } }, el("option", { value: "" }, "没有，或不比较"));
  get<{ surveys: Head[] }>("/v1/surveys").then(({ surveys }) => select.append(...surveys.map(({ id, title, period }) => el("option", { value: id }, `${title}（${period}）`)))).catch(() => undefined);
  return field("上一次调查", select);
}

/** What the population is made of, by which answers are weighted. */
function margins(survey: Survey): HTMLElement {
  const place = el("div", { class: "stack" });
  const backgrounds = () => questions(survey).filter(({ kind }) => kind === "background");
  const draw = (): void => {
    const all = survey.margin ?? [];
    const free = backgrounds().filter(({ id }) => !all.some(({ question }) => question === id));
    const select = el("select", { id: "margin-question" }, free.map(({ id, text }) => el("option", { value: id }, `${id} ${text}`)));
    replace(place,
      all.map((margin) => marginForm(survey, margin.question, () => { survey.margin = all.filter((one) => one !== margin); draw(); })),
      free.length > 0 && el("div", { class: "row" }, el("label", { for: select.id }, "按背景题加权"), select,
        el("button", { type: "button", class: "quiet", onclick: () => {
          const question = free.find(({ id }) => id === select.value)!;
          survey.margin = [...all, { question: question.id, source: "", shares: Object.fromEntries((question.options ?? []).map((option) => [option, 0])) }];
          draw();
        } }, "填总体构成")));
  };
  draw();
  const details = el("details", {}, el("summary", {}, "总体构成（用来加权，可不填）"), place);
  details.addEventListener("toggle", () => { if (details.open) draw(); });
  return details;
}

function marginForm(survey: Survey, id: string, drop: () => void): HTMLElement {
  const margin = survey.margin!.find(({ question }) => question === id)!;
  const total = el("span", { class: "note", role: "status" });
  const add = (): void => {
    const sum = Object.values(margin.shares).reduce((a, b) => a + b, 0);
    total.textContent = `合计 ${percent(sum)}${Math.abs(sum - 1) > 0.005 ? "，应为 100%" : ""}`;
    total.classList.toggle("bad-text", Math.abs(sum - 1) > 0.005);
  };
  const source: HTMLInputElement = el("input", { id: `margin-source-${id}`, value: margin.source, placeholder: "如 第七次全国人口普查", oninput: () => { margin.source = source.value; } });
  const shares = Object.keys(margin.shares).map((option, at) => {
    const input: HTMLInputElement = el("input", { id: `margin-${id}-${at}`, type: "number", min: "0", max: "100", step: "0.1", value: margin.shares[option] ? count(margin.shares[option]! * 100) : "", oninput: () => { margin.shares[option] = Number(input.value) / 100; add(); } });
    return field(`${option}（%）`, input);
  });
  add();
  return el("fieldset", { class: "margin" }, el("legend", {}, `${id} ${questions(survey).find((one) => one.id === id)?.text ?? ""}`),
    el("div", { class: "form-grid" }, field("数字从哪里来", source), shares), el("div", { class: "row" }, total, el("button", { type: "button", class: "link", onclick: drop }, "不按它加权")));
}
