// What a day is to people: off or worked for a holiday, in words and as the ground of a chart.

import type { Schema } from "./api.ts";
import { palette } from "./chart.ts";

export type Day = Schema<"CalendarDay">;
type Days = (Day | null | undefined)[];

/** 国庆节放假, 国庆节调休上班; `null` where a day is as its weekday says. */
export const dayName = (day: Day | null | undefined): string | null =>
  day?.holiday ? `${day.holiday}${day.kind === "made_up" ? "调休上班" : "放假"}` : null;

/** The ground of a category axis of days: holidays and days worked for them stand out. */
export function ground(days: Days): object {
  if (!days.some((day) => day?.holiday)) return {};
  const colours = palette();
  const colour = (day: Days[number]): string => (day?.holiday ? (day.kind === "made_up" ? colours.sunken : colours.wash) : "transparent");
  return { boundaryGap: true, splitArea: { show: true, interval: 0, areaStyle: { color: days.map(colour) } } };
}

/** What the ground says, for the sentence under a chart; empty where there is nothing. */
export function groundSaid(days: Days): string {
  const names = (off: boolean): string => [...new Set(days.flatMap((day) => (day?.holiday && (day.kind === "holiday") === off ? [dayName(day)!] : [])))].join("、");
  const said = [names(true) && `彩底为${names(true)}`, names(false) && `灰底为${names(false)}`].filter(Boolean);
  return said.length > 0 ? `${said.join("，")}。` : "";
}
