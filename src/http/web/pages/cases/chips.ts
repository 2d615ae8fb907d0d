// What a list of cases is narrowed to, in words: one chip for each condition, each of which can be taken away.

import type { Query, Taxonomy } from "../../base/api.ts";
import { el, icon } from "../../base/dom.ts";
import { day, moment } from "../../base/format.ts";
import { go } from "../../base/state.ts";
import { DECISIONS, REASONS, SATISFIED, STATUSES, UNIT_LEVELS } from "./words.ts";

type Say = (value: string, names: Taxonomy) => string;

const none = (say: Say, without: string): Say => (value, names) => (value === "-" ? without : say(value, names));
const yes = (is: string, not: string): Say => (value) => (value === "true" ? is : not);
const list = (words: Record<string, string>): Say => (value) => value.split(",").map((one) => words[one] ?? one).join("或");
const code: Say = (value, names) => names.name(value);
const units = (what: string, without: string): Say => (value, names) =>
  value === "-" ? without : `${what}${value.split(",").map((one) => UNIT_LEVELS[one] ?? names.name(one)).join("或")}`;

/** Whether a day begins then: a link of the service bounds its days so. */
const midnight = (value: string): boolean => /T/.test(value) && new Date(value).toTimeString().startsWith("00:00:00");

/** Every parameter of `/v1/complaints` in words. */
const SAY: Record<string, Say> = {
  q: (value) => `含“${value.trim().replace(/\s+/g, "”“")}”`,
  from: (value) => `受理自 ${midnight(value) ? day(value) : /T/.test(value) ? moment(value) : value}`,
  to: (value) => (midnight(value) ? `受理至 ${day(Date.parse(value) - 1)}` : /T/.test(value) ? `受理早于 ${moment(value)}` : `受理至 ${value}`),
  category: none((value, names) => `分类 ${names.path(value)}`, "没有分类"),
  petition: none((value, names) => `诉求类型 ${names.name(value)}`, "没有诉求类型"),
  department: none((value, names) => `归口 ${names.name(value)}`, "没有归口单位"),
  unit: (value, names) => `建议单位 ${names.name(value)}`,
  handler: (value, names) => `现承办 ${names.name(value)}`,
  decision: (value) => `建议 ${DECISIONS[value] ?? value}`,
  status: (value) => `状态 ${STATUSES[value] ?? value}`,
  urgency: (value, names) => `紧急程度 ${code(value, names)}`,
  channel: none((value) => `渠道 ${value}`, "渠道未注明"),
  district: none((value) => `区县 ${value}`, "区县未读出"),
  street: none((value) => `街道 ${value}`, "街道未读出"),
  community: none((value) => `社区 ${value}`, "社区未读出"),
  issue: none(() => "同一诉求组", "不属任何诉求组"),
  overdue: yes("答复超期", "答复未超期"),
  sign_overdue: yes("签收超期", "签收未超期"),
  supervised: (value) => ({ true: "在督办", overdue: "督办超期", false: "没有督办" })[value] ?? value,
  assigned: yes("承办件", "不是承办件"),
  last_unit: units("承办单位 ", "承办单位不在目录中"),
  returned_by: units("退单单位 ", "退单单位不在目录中"),
  signed: list({ in_time: "按时签收", late: "逾期签收", overdue: "逾期未签收", waiting: "未到期未签收" }),
  answered: list({ in_time: "按时答复", late: "逾期答复", waiting: "未到期待答复", overdue: "超期未答复", suspended: "挂账", sent_back: "已退单待改派" }),
  satisfied: (value) => `回访 ${list(SATISFIED)(value, {} as Taxonomy)}`,
  resolved: (value) => value.split(",").map((one) => (one === "true" ? "诉求人说已解决" : "诉求人说未解决")).join("或"),
  returned: yes("退过单", "没退过单"),
  return_reason: (value) => `退单原因 ${REASONS[value] ?? value}`,
  reassigned: yes("改派过", "没改派过"),
  redone: yes("重办过", "没重办过"),
  extended: yes("延期过", "没延期过"),
  sent_to: (value, names) => ({ "*": "派过单", "-": "没派过单" })[value] ?? `曾派给 ${names.name(value)}`,
  judged: (value) => (value === "category" ? "看二级分类" : "看牵头单位"),
  ruling: (value) => `认定依据 ${list({ settled: "审定", said: "反馈", answered: "承办答复", none: "尚未认定" })(value, {} as Taxonomy)}`,
  advised: none((value, names) => `建议的是 ${names.path(value)}`, "没有建议"),
  decided: none((value, names) => `认定的是 ${names.path(value)}`, "尚未认定"),
  right: yes("建议与认定相同", "建议与认定不同"),
  automatic: yes("建议自动派单", "没有建议自动派单"),
  routed: yes("按概率建议的", "由规则定去向的"),
  degraded: yes("降级建议", "不是降级建议"),
  probability_from: (value) => (Number(value) === 0 ? "有建议概率" : `建议概率不低于 ${value}`),
  probability_below: (value) => `建议概率低于 ${value}`,
};

/** The order in which conditions are said. */
const ORDER = Object.keys(SAY);

/** What the address asks of the API; what the page itself keeps there is left out, what is unknown is passed on and named by the service. */
export function conditions(now: URLSearchParams): Query {
  const query: Query = {};
  for (const [name, value] of now) if (!["id", "sort", "cursor", "format", "page_size"].includes(name) && value !== "") query[name] = value;
  return query;
}

/** One condition in words. */
export function inWords(name: string, value: string, names: Taxonomy): string {
  return SAY[name]?.(value, names) ?? `${name} ${value}`;
}

/** All conditions as one sentence, for titles and captions. */
export function sentence(query: Query, names: Taxonomy): string {
  const said = sorted(query).map(([name, value]) => inWords(name, value, names));
  return said.length === 0 ? "全部案件" : said.join("，");
}

/** The chips, each with a button that takes the condition away. */
export function chips(query: Query, names: Taxonomy): HTMLElement {
  const all = sorted(query).map(([name, value]) => {
    const words = inWords(name, value, names);
    const away = el("button", { type: "button", class: "bare no-print", "aria-label": `去掉：${words}`, onclick: () => go({ [name]: null, cursor: null }) }, icon("close"));
    return el("li", { class: "chip on condition" }, words, away);
  });
  const clear = el("li", { class: "no-print" }, el("a", { href: "/cases" }, "全部去掉"));
  return el("ul", { class: "conditions", "aria-label": "筛选条件" }, all, all.length > 1 && clear);
}

function sorted(query: Query): [string, string][] {
  const place = (name: string): number => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);
  return Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]).sort(([a], [b]) => place(a) - place(b));
}
