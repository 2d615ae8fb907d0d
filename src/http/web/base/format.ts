// Numbers and times as Chinese readers write them; `—` where there is none.

type Maybe = number | null | undefined;

const NONE = "—";
const there = (n: Maybe): n is number => n !== null && n !== undefined && Number.isFinite(n);
const grouped = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 0 });
const exact = (digits: number) => new Intl.NumberFormat("zh-CN", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const [one, two] = [exact(1), exact(2)];

/** 1,816 */
export const count = (n: Maybe): string => (there(n) ? grouped.format(n) : NONE);
/** A share of one as 12.3%. */
export const percent = (p: Maybe): string => (there(p) ? `${one.format(p * 100)}%` : NONE);
/** +23, −4: a difference. */
export const signed = (n: Maybe, digits: 0 | 1 | 2 = 0): string =>
  there(n) ? `${n > 0 ? "+" : n < 0 ? "−" : ""}${[grouped, one, two][digits]!.format(Math.abs(n))}` : NONE;
/** A change of one as +23.1%. */
export const change = (p: Maybe): string => (there(p) ? `${signed(p * 100, 1)}%` : NONE);
/** A rate or score with two decimals. */
export const rate = (n: Maybe): string => (there(n) ? two.format(n) : NONE);

const two_digits = (n: number) => String(n).padStart(2, "0");
const date = (when: string | number | Date | null | undefined): Date | null => {
  if (when === null || when === undefined || when === "") return null;
  // A bare date is that day here, not midnight at Greenwich.
  const parsed = new Date(typeof when === "string" && /^\d{4}-\d\d-\d\d$/.test(when) ? `${when}T00:00` : when);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
};

/** 2026-11-25 */
export function day(when: string | number | Date | null | undefined): string {
  const at = date(when);
  return at ? `${at.getFullYear()}-${two_digits(at.getMonth() + 1)}-${two_digits(at.getDate())}` : NONE;
}

/** 11-25 08:12; of another year 2025-11-25 08:12. */
export function moment(when: string | number | Date | null | undefined): string {
  const at = date(when);
  if (!at) return NONE;
  const year = at.getFullYear() === new Date().getFullYear() ? "" : `${at.getFullYear()}-`;
  return `${year}${two_digits(at.getMonth() + 1)}-${two_digits(at.getDate())} ${two_digits(at.getHours())}:${two_digits(at.getMinutes())}`;
}

/** 3 小时前, 2 天后 */
export function ago(when: string | number | Date | null | undefined): string {
  const at = date(when);
  if (!at) return NONE;
  const away = at.getTime() - Date.now();
  const how = span(Math.abs(away));
  return how === "" ? "刚刚" : `${how}${away < 0 ? "前" : "后"}`;
}

function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "";
  if (minutes < 60) return `${minutes} 分钟`;
  if (minutes < 60 * 48) return `${Math.floor(minutes / 60)} 小时`;
  return `${count(Math.floor(minutes / 1440))} 天`;
}

/** How long: 38 毫秒, 4.2 秒, 35 分钟, 6.5 小时, 3.2 天. */
export function duration(ms: Maybe): string {
  if (!there(ms)) return NONE;
  if (ms < 1000) return `${Math.round(ms)} 毫秒`;
  if (ms < 60_000) return `${one.format(ms / 1000)} 秒`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} 分钟`;
  if (ms < 48 * 3_600_000) return `${one.format(ms / 3_600_000)} 小时`;
  return `${one.format(ms / 86_400_000)} 天`;
}

/** The same from hours, as the API gives handling times. */
export const hours = (h: Maybe): string => duration(there(h) ? h * 3_600_000 : null);

/** A probability in words. */
export function sureness(p: number): string {
  if (p >= 0.9) return "很有把握";
  if (p >= 0.7) return "把握较大";
  if (p >= 0.5) return "把握一般";
  return p >= 0.3 ? "把握不大" : "把握很小";
}

/** What the API's date fields take. */
export const isoDay = (at: Date): string => day(at);
