// What the page reads of quality, and how its panels follow the address.
import { casesLink, get } from "../../base/api.ts";
import type { Query, Schema } from "../../base/api.ts";
import { el, replace } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { filterQuery } from "../../base/filters.ts";
import type { FilterField } from "../../base/filters.ts";
import { count, day, percent } from "../../base/format.ts";
import { working } from "../../base/notice.ts";
import { onState } from "../../base/state.ts";

export type Rate = Schema<"RateBody">;
export type Cases = Schema<"Cases">;

export const FIELDS: FilterField[] = [
  "period", "category", "district", "channel",
  { name: "judged", label: "看什么", options: [["category", "二级分类"]] },
  { name: "ruling", label: "认定依据", options: [["said", "审定、反馈"], ["settled", "只算审定"]] },
];

/** What is meant where a field of our own says nothing. */
export const USUAL: Record<string, string> = { judged: "牵头单位", ruling: "全部依据" };

export const RULINGS: Record<string, string> = {
  settled: "有权的人看过并审定",
  said: "派单员采纳或修改了建议，没有审定",
  answered: "单位接办并答复，没有退回",
};

/** What the address asks of the API, with what a panel adds. */
export const asked = (more: Query = {}): Query => ({ ...filterQuery(FIELDS), ...more });

/** A panel that reads `path` whenever the filters change, and draws what came. */
export function follow<T>(path: string, draw: (found: T, query: Query) => Child, skeleton: () => Child, more: () => Query = () => ({})): HTMLElement {
  const place = el("div", { class: "stack" });
  let last = "";
  const read = (): void => {
    const query = asked(more());
    const what = JSON.stringify(query);
    if (what === last) return;
    last = what;
    void working(place, async () => {
      const found = await get<T>(path, query);
      if (last === what) replace(place, draw(found, query));
    }, skeleton());
  };
  // A tab that was left takes no part any more.
  let stood = false;
  onState(() => { stood ||= place.isConnected; if (place.isConnected || !stood) read(); });
  read();
  return place;
}

/** 92.4%（231/250）: the counts lead to their cases. */
export function rate(one: Rate, words = ""): HTMLElement {
  if (typeof one.rate !== "number") return el("span", { class: "rate soft" }, "—", el("small", {}, `${words}没有可计的案件`));
  return el("span", { class: "rate" },
    el("b", { title: `95% 区间 ${percent(one.low)} 至 ${percent(one.high)}` }, percent(one.rate)),
    el("small", {}, words, casesLink(one.hits_link, count(one.hits)), "/", casesLink(one.of_link, count(one.of))));
}

/** 95% 区间 88.1% 至 95.3% */
export const interval = (one: Rate): string => (typeof one.rate === "number" ? `95% 区间 ${percent(one.low)} 至 ${percent(one.high)}` : "");

/** A count that leads to its cases. */
export const cases = (one: Cases): HTMLElement => casesLink(one.link, count(one.cases));

/** A period in words: to the last day, not the first after it. */
export function periodName(from?: string | null, to?: string | null): string {
  const last = to ? new Date(new Date(to).getTime() - 1) : null;
  return `${from ? day(from) : "最早"} 至 ${last ? day(last) : "今天"}`;
}
