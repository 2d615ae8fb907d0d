// Which period a report is of: a day, a week from Monday, a month. Days are plain dates, on no clock.

import { day } from "../../base/format.ts";

export type Kind = "daily" | "weekly" | "monthly" | "special";
/** First day, and the first day after. */
export type Span = { from: string; to: string };

const shift = (date: string, days: number): string => new Date(Date.parse(`${date}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
const weekday = (date: string): number => (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7;

function month(date: string, away = 0): string {
  const [year, at] = date.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, at - 1 + away, 1)).toISOString().slice(0, 10);
}

/** The period that a date is in. */
export function spanOf(kind: Kind, date: string): Span {
  if (kind === "weekly") { const from = shift(date, -weekday(date)); return { from, to: shift(from, 7) }; }
  if (kind === "monthly") return { from: month(date), to: month(date, 1) };
  return { from: date, to: shift(date, 1) };
}

/** The period before or after. */
export function beside(kind: Kind, span: Span, away: -1 | 1): Span {
  return spanOf(kind, away < 0 ? shift(span.from, -1) : span.to);
}

/** The last period that is over. */
export function latest(kind: Kind): Span {
  return beside(kind, spanOf(kind, day(new Date())), -1);
}

/** Whether a period is not over yet. */
export const isRunning = (span: Span): boolean => span.to > day(new Date());
/** Whether a period has not begun. */
export const isAhead = (span: Span): boolean => span.from > day(new Date());

/** 11 月 16 日至 22 日, 2026 年 11 月 */
export function spanName(kind: Kind, { from, to }: Span): string {
  if (kind === "monthly") return `${Number(from.slice(0, 4))} 年 ${Number(from.slice(5, 7))} 月`;
  return kind === "weekly" ? `${from} 至 ${shift(to, -1)}` : from;
}
