// How a figure is written from the values of an answer: the forms of the service, written here a second time, so that
// asking again proves something.

import type { Figure } from "./document.ts";

const BLANK = "—";
const LEAST_BASE = 20;
const SMALLEST_CHANCE = 0.001;

const FORMS: Record<string, string> = {
  words: "照写", title: "标题", count: "个数", length: "列表的长度", percent: "百分数", range: "区间", change: "增减幅度", signed: "增减幅度",
  gap: "两个百分数之差", ratio: "前一个数占后一个数", rate: "百分数（分母不足 20 不写）", decimal: "一位小数", decimal2: "两位小数", chance: "p 值",
  date: "年月日", day: "月日", last_date: "截止时间的前一天", last_day: "截止时间的前一天", moment: "月日时分",
};

/** What a form does, in words. */
export const formName = (form: string): string => FORMS[form] ?? form;

/** The value at a JSON pointer (RFC 6901); `undefined` where there is none. */
export function at(answer: unknown, pointer: string): unknown {
  let value = answer;
  for (const step of pointer.split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** A figure as the answer would have it written now; `null` for a form that is not known here. */
export function rewritten(figure: Figure, answer: unknown): string | null {
  if (!(figure.form in FORMS)) return null;
  const values = figure.pointers.map((pointer) => at(answer, pointer));
  return write(figure.form, values) ?? BLANK;
}

type Writer = (first: unknown, second: unknown) => string | undefined;
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const onNumber = (write: (n: number) => string): Writer => (first) => (number(first) === undefined ? undefined : write(number(first)!));
const onMoment = (write: (at: Moment) => string): Writer => (first) => { const at = moment(first); return at && write(at); };
const onTwo = (write: (a: number, b: number) => string | undefined): Writer => (first, second) => {
  const [a, b] = [number(first), number(second)];
  return a === undefined || b === undefined ? undefined : write(a, b);
};

const WRITERS: Record<string, Writer> = {
  words: (first) => (typeof first === "string" ? first : undefined),
  title: (first) => (typeof first === "string" ? first.split("（")[0]!.trimEnd() : undefined),
  count: onNumber((n) => (Number.isInteger(n) ? grouped(n) : BLANK)),
  length: (first) => (Array.isArray(first) ? grouped(first.length) : undefined),
  percent: onNumber(percent),
  range: onTwo((low, high) => `${percent(low)}至${percent(high)}`),
  change: onNumber((n) => turn(n, "%")),
  signed: onNumber((n) => { const text = fixed(n * 100, 1); return text === "0.0" ? "0.0%" : `${n > 0 ? "+" : ""}${text}%`; }),
  gap: onTwo((now, before) => turn(now - before, "个百分点")),
  ratio: onTwo((part, whole) => (whole > 0 ? percent(part / whole) : undefined)),
  rate: onTwo((share, base) => (base >= LEAST_BASE ? percent(share) : undefined)),
  decimal: onNumber((n) => fixed(n, 1)),
  decimal2: onNumber((n) => fixed(n, 2)),
  chance: onNumber((p) => (p < SMALLEST_CHANCE ? `小于${SMALLEST_CHANCE}` : fixed(p, 3))),
  date: onMoment(long), day: onMoment(short),
  last_date: onMoment((at) => long(before(at))), last_day: onMoment((at) => short(before(at))),
  moment: onMoment((at) => `${short(at)}${at.hour}时${String(at.minute).padStart(2, "0")}分`),
};

const write = (form: string, [first, second]: unknown[]): string | undefined => WRITERS[form]?.(first, second);

function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** As the service writes it: of two equally near, the even one, where `toFixed` takes the larger (35.25 is 35.2). */
function fixed(n: number, digits: number): string {
  const exact = Math.abs(n).toFixed(20);
  const kept = exact.slice(0, exact.indexOf(".") + 1 + digits);
  const tie = /^50*$/.test(exact.slice(kept.length));
  const size = tie && Number(kept.at(-1)) % 2 === 0 ? kept : Math.abs(n).toFixed(digits);
  return n < 0 && Number(size) !== 0 ? `-${size}` : size;
}

function percent(share: number): string {
  return `${fixed(share * 100, 1)}%`;
}

function turn(change: number, unit: string): string {
  const size = fixed(Math.abs(change) * 100, 1);
  return size === "0.0" ? "持平" : `${change > 0 ? "上升" : "下降"}${size}${unit}`;
}

/** A time on the clock of where it was written, whatever the reader's. */
type Moment = { year: number; month: number; day: number; hour: number; minute: number; whole: boolean };

function moment(value: unknown): Moment | undefined {
  const found = typeof value === "string" ? /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d(?:\.\d+)?))?/.exec(value) : null;
  if (!found) return undefined;
  const [year, month, day, hour = 0, minute = 0, second = 0] = found.slice(1).map((part) => (part === undefined ? undefined : Number(part))) as
    [number, number, number, number?, number?, number?];
  return { year, month, day, hour, minute, whole: hour === 0 && minute === 0 && second === 0 };
}

/** What is before a time that is not included: of midnight, the day before. */
function before(at: Moment): Moment {
  if (!at.whole) return at;
  const day = new Date(Date.UTC(at.year, at.month - 1, at.day - 1));
  return { ...at, year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate() };
}

function long(at: Moment): string { return `${at.year}年${at.month}月${at.day}日`; }
function short(at: Moment): string { return `${at.month}月${at.day}日`; }

/** The number that is shown, for a drawing: 1,816 → 1816, 21.3% → 21.3, 下降4.0% → −4. */
export function drawn(shown: string): number | null {
  const found = /-?\d+(?:\.\d+)?/.exec(shown.replaceAll(",", ""));
  if (!found) return shown.startsWith("持平") ? 0 : null;
  return shown.startsWith("下降") ? -Number(found[0]) : Number(found[0]);
}
