// The filter bar: reads and writes the address, so that every view can be shared.

import { type Query, type Taxonomy, taxonomy } from "./api.ts";
import { type Child, el, icon, replace } from "./dom.ts";
import { day } from "./format.ts";
import { go, onState, state } from "./state.ts";

/** A choice of a page's own: `options` make a select (value and words), without them it is a line of text. */
export type OwnField = { name: string; label: string; options?: [string, string][]; placeholder?: string };
/** `period` stands for from and to. */
export type FilterField =
  | "period" | "category" | "district" | "street" | "community" | "department" | "channel" | "petition" | "urgency" | OwnField;

const CHANNELS = ["电话", "微信小程序", "APP", "网站", "网站留言", "市长信箱", "短信", "微博"];
const LABELS: Record<string, string> = {
  category: "分类", district: "区县", street: "街道（乡镇）", community: "社区、小区", department: "归口单位", channel: "渠道",
  petition: "诉求类型", urgency: "紧急程度",
};

const nameOf = (field: FilterField): string => (typeof field === "string" ? field : field.name);
const namesOf = (fields: FilterField[]): string[] => fields.flatMap((field) => (field === "period" ? ["from", "to"] : [nameOf(field)]));

/** What the address says for these fields, for the API. */
export function filterQuery(fields: FilterField[]): Query {
  const now = state();
  return Object.fromEntries(namesOf(fields).map((name) => [name, now.get(name) || null]));
}

/** The bar. A change takes effect at once; a cursor of the former view is dropped. */
export function filterBar(options: { fields: FilterField[]; presets?: boolean }): HTMLElement {
  const { fields } = options;
  const names = namesOf(fields);
  const set = (changes: Record<string, string | null>): void => go({ ...changes, cursor: null });
  const clear = el("button", { type: "button", class: "bare clear", onclick: () => set(Object.fromEntries(names.map((name) => [name, null]))) },
    icon("close"), "清除筛选");
  const controls = fields.map((field) => (field === "period" ? period(options.presets ?? true, set) : choice(field, set)));
  // On a narrow screen the bar would push everything else off it: there it opens on demand.
  const toggle = el("button", { type: "button", class: "quiet toggle", "aria-expanded": "false" });
  toggle.addEventListener("click", () => toggle.setAttribute("aria-expanded", String(form.classList.toggle("open"))));
  const form: HTMLFormElement = el("form", { class: "filters no-print", role: "search", "aria-label": "筛选" }, toggle, controls.map(({ node }) => node), clear);
  form.addEventListener("submit", (event) => event.preventDefault());
  const read = (now: URLSearchParams): void => {
    for (const control of controls) control.read(now);
    const given = names.filter((name) => now.has(name)).length;
    clear.hidden = given === 0;
    replace(toggle, icon("filter"), given === 0 ? "筛选" : `筛选（${given}）`);
  };
  read(state());
  onState(read);
  return form;
}

type Control = { node: HTMLElement; read: (now: URLSearchParams) => void };
type Set = (changes: Record<string, string | null>) => void;
let made = 0;

/** One field other than the period. */
function choice(field: Exclude<FilterField, "period">, set: Set): Control {
  const name = nameOf(field);
  const own = typeof field === "string" ? null : field;
  const label = own?.label ?? LABELS[name] ?? name;
  const id = `filter-${name}-${(made += 1)}`;
  const asText = own ? !own.options : name === "street" || name === "community";
  const input = asText
    ? el("input", { id, type: "search", placeholder: own?.placeholder ?? "全称", autocomplete: "off", size: 10 })
    : el("select", { id, "data-of": own ? null : name }, el("option", { value: "" }, "全部"));
  const node = el("div", { class: "field" }, el("label", { for: id }, label), input);
  input.addEventListener("change", () => set({ [name]: input.value.trim() || null }));

  const read = (now: URLSearchParams): void => {
    const value = now.get(name) ?? "";
    if (input instanceof HTMLSelectElement && value && ![...input.options].some((option) => option.value === value)) {
      input.append(el("option", { value }, value === "-" ? "（没有）" : value));
    }
    input.value = value;
    node.classList.toggle("set", value !== "");
  };
  if (input instanceof HTMLSelectElement) {
    const fill = (options: Child): void => { replace(input, el("option", { value: "" }, "全部"), options); read(state()); };
    if (own) fill(own.options!.map(([value, words]) => el("option", { value }, words)));
    else void taxonomy().then((all) => fill(choices(name, all))).catch(() => undefined);
  }
  return { node, read };
}

/** The choices that the catalogue gives. */
function choices(name: string, all: Taxonomy): Child {
  const option = (value: string, words = value): HTMLElement => el("option", { value }, words);
  switch (name) {
    case "category":
      return all.domains.map((domain) => el("optgroup", { label: domain.name },
        option(domain.code, `${domain.code} ${domain.name}（全部）`),
        all.categories.filter(({ code }) => code.startsWith(domain.code)).map(({ code, name }) => option(code, `${code} ${name}`))));
    case "district": return all.districts.map(({ name }) => option(name));
    case "department": return all.departments.map(({ code, name }) => option(code, name));
    case "petition": return all.petition_types.map(({ code, name }) => option(code, name));
    case "urgency": return all.urgency.map(({ code, name }) => option(code, name));
    default: return CHANNELS.map((channel) => option(channel));
  }
}

/** From and to, with presets. Times of a link are kept as they came until a date is chosen. */
function period(presets: boolean, set: Set): Control {
  const [from, to] = ["起", "止"].map((words) => el("input", { type: "date", "aria-label": `受理日期${words}`, max: "9999-12-31" })) as [HTMLInputElement, HTMLInputElement];
  from.addEventListener("change", () => set({ from: from.value || null }));
  to.addEventListener("change", () => set({ to: to.value || null }));
  const buttons = presets ? ranges().map(([words, start, end]) =>
    el("button", { type: "button", class: "quiet", "data-from": start, "data-to": end, onclick: () => set({ from: start, to: end }) }, words)) : [];
  const node = el("fieldset", {}, el("legend", {}, "受理日期"),
    el("div", { class: "dates" }, from, el("span", { "aria-hidden": "true" }, "至"), to, buttons.length > 0 && el("span", { class: "presets" }, buttons)));
  const read = (now: URLSearchParams): void => {
    from.value = shown(now.get("from"), 0);
    // A time is exclusive: midnight belongs to the day before.
    to.value = shown(now.get("to"), -1);
    node.classList.toggle("set", now.has("from") || now.has("to"));
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(from.value === button.dataset.from && to.value === button.dataset.to));
    }
  };
  return { node, read };
}

function shown(value: string | null, shift: number): string {
  if (!value) return "";
  if (!value.includes("T")) return value;
  const at = new Date(value).getTime();
  return Number.isNaN(at) ? "" : day(at + shift);
}

/** 今天 近7天 近30天 本月 上月, each with its first and last day. */
function ranges(): [string, string, string][] {
  const now = new Date();
  const at = (month: number, date: number): string => day(new Date(now.getFullYear(), month, date));
  const [month, today] = [now.getMonth(), now.getDate()];
  return [
    ["今天", at(month, today), at(month, today)],
    ["近7天", at(month, today - 6), at(month, today)],
    ["近30天", at(month, today - 29), at(month, today)],
    ["本月", at(month, 1), at(month, today)],
    ["上月", at(month - 1, 1), at(month, 0)],
  ];
}
