// What the hotspots page looks at: which days, as of when, of which cases. All of it is in the address.
import { state } from "../../base/state.ts";

/** How many days may be looked at, and how they are called. */
export const SPANS: readonly [number, string][] =
  [[1, "24 小时"], [3, "3 天"], [7, "7 天"], [14, "14 天"], [30, "30 天"], [60, "60 天"]];

/** The narrowing that every tab takes. */
export const FIELDS = ["category", "district", "street", "department", "petition", "channel"] as const;

/** The values in the address that every tab follows. */
export const COMMON: readonly string[] = [...FIELDS, "days", "as_of"];

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** All of China keeps one time, whatever the clock of this machine is set to. */
const ZONE = "+08:00";

/** An instant as the API takes it, in the hotline's time. */
export function stamp(at: number): string {
  return `${new Date(at + 8 * HOUR).toISOString().slice(0, 19)}${ZONE}`;
}

/** The day of an instant, in the hotline's time. */
export const dayOf = (at: number): string => stamp(at).slice(0, 10);

/** A day, so many days later. */
export const later = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** How many days from one day to another, both included. */
export const daysIn = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;

/** How many days are looked at. */
export function span(): number {
  const asked = Number(state().get("days"));
  return Number.isInteger(asked) && asked >= 1 && asked <= 366 ? asked : 7;
}

/** As of when; null is now. */
export function asOf(): string | null {
  const asked = state().get("as_of");
  return asked && !Number.isNaN(Date.parse(asked)) ? asked : null;
}

/** As of when, as an instant. */
export const until = (): number => Date.parse(asOf() ?? "") || Date.now();

/** Only which cases: the narrowing fields that the address gives. */
export function narrowed(): Record<string, string> {
  const now = state();
  return Object.fromEntries(FIELDS.flatMap((field) => {
    const value = now.get(field);
    return value ? [[field, value]] : [];
  }));
}

/** The moment-exact window, for rankings and bursts. */
export function window(): { from: string; as_of: string | null } {
  return { from: stamp(until() - span() * DAY), as_of: asOf() };
}

/** The whole days looked at, for figures by day: a day that is still running would look like a fall. */
export function wholeDays(): { from: string; to: string } {
  const end = until();
  const running = stamp(end).slice(11, 19) < "23:59:00";
  const to = later(dayOf(end), running ? -1 : 0);
  return { from: later(to, 1 - span()), to };
}
