// What was to be expected day by day: the forecasts as they would have been made a week before, beside what came.
import { get, type Schema } from "../../base/api.ts";
import { type Day as CalendarDay, dayName } from "../../base/days.ts";
import { dayOf, later, narrowed, span, until } from "./look.ts";

export interface Day {
  day: string;
  /** What it is to people, in words where it is no plain workday. */
  kind: string | null;
  is: CalendarDay | null;
  cases: number | null;
  link: string | null;
  expected: number | null;
  low80: number | null;
  high80: number | null;
  low95: number | null;
  high95: number | null;
}

export interface Banded {
  days: Day[];
  /** The last whole day with counts. */
  last: string;
  /** Cases expected in the seven days after. */
  ahead: number;
  tooShort: boolean;
}

const kindOf = (day: CalendarDay | null | undefined): string | null => dayName(day) ?? (day?.kind === "weekend" ? "周末" : null);

/** Counts and bands of one domain, or of all where it is null. */
export async function banded(domain: string | null): Promise<Banded> {
  const last = later(dayOf(until()), -1);
  const weeks = Math.min(Math.max(Math.ceil(span() / 7), 4), 9);
  const first = later(last, 1 - 7 * weeks);
  const category = narrowed().category ?? domain;
  const [volumes, ...forecasts] = await Promise.all([
    get<Schema<"Volumes">>("/v1/volumes", { ...narrowed(), category, by: "day", from: first, to: last }),
    ...Array.from({ length: weeks + 1 }, (_, week) => get<Schema<"Forecast">>("/v1/trends/forecast", { ...narrowed(), to: later(last, -7 * week) })),
  ]);
  const days = new Map<string, Day>();
  for (const row of volumes.rows) days.set(row.code ?? row.name, { ...blank(row.code ?? row.name), kind: kindOf(row.day), is: row.day ?? null, cases: row.cases, link: row.link ?? null });
  for (const forecast of forecasts) expect(days, forecast, domain);
  const ahead = [...days.values()].filter((one) => one.day > last).reduce((sum, one) => sum + (one.expected ?? 0), 0);
  return { days: [...days.values()].sort((a, b) => a.day.localeCompare(b.day)), last, ahead: Math.round(ahead), tooShort: forecasts[0]?.too_short ?? true };
}

const blank = (day: string): Day =>
  ({ day, kind: null, is: null, cases: null, link: null, expected: null, low80: null, high80: null, low95: null, high95: null });

function expect(days: Map<string, Day>, forecast: Schema<"Forecast">, domain: string | null): void {
  const series = forecast.series.find((one) => (one.code ?? null) === domain);
  for (const one of series?.days ?? []) {
    days.set(one.date, {
      ...(days.get(one.date) ?? blank(one.date)), kind: kindOf(one), is: one, expected: one.expected,
      low80: one.low_80, high80: one.high_80, low95: one.low_95, high95: one.high_95,
    });
  }
}
