// The figures of the shift, each leading to its cases.

import { get, type Query, withQuery, casesLink } from "../../base/api.ts";
import { el, replace } from "../../base/dom.ts";
import { count, day } from "../../base/format.ts";
import type { CasePage } from "../cases/words.ts";

const EVERY_MS = 60_000;

type Figure = { name: string; query: () => Query; tone?: string };

const FIGURES: Figure[] = [
  { name: "今日来件", query: () => ({ from: day(new Date()) }) },
  { name: "今日已派", query: () => ({ from: day(new Date()), assigned: true }) },
  { name: "待派", query: () => ({ status: "accepted" }), tone: "on" },
  { name: "申请退单", query: () => ({ status: "return_requested" }) },
  { name: "待改派", query: () => ({ status: "returned" }) },
  { name: "签收超期", query: () => ({ sign_overdue: true }), tone: "bad" },
  { name: "答复超期", query: () => ({ overdue: true }), tone: "bad" },
];

/** How many cases there are of a query. */
export async function howMany(query: Query): Promise<string> {
  const page = await get<CasePage>("/v1/complaints", { ...query, page_size: 1 });
  if (page.total !== undefined && page.total !== null) return count(page.total);
  return page.next_cursor ? "…" : count(page.items.length);
}

/** A line of figures; `refresh` after something was done. */
export function shift(): { node: HTMLElement; refresh: () => void } {
  const cells = FIGURES.map((figure) => ({ figure, value: el("b", {}, "—") }));
  const node = el("ul", { class: "shift", "aria-label": "当班数字" }, cells.map(({ figure, value }) =>
    el("li", { class: figure.tone ?? null }, casesLink(withQuery("/v1/complaints", figure.query()), [el("span", {}, figure.name), value]))));
  let asked = 0;
  const refresh = (): void => {
    const mine = (asked += 1);
    for (const { figure, value } of cells) {
      howMany(figure.query()).then((shown) => {
        if (mine !== asked) return;
        replace(value, shown);
        value.closest("li")!.classList.toggle("none", shown === "0");
      }).catch(() => undefined);
    }
  };
  refresh();
  setInterval(() => { if (!document.hidden) refresh(); }, EVERY_MS);
  return { node, refresh };
}
