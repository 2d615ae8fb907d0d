// 报告: the summary on paper, each figure with its citation.

import { get } from "../../base/api.ts";
import { el, replace } from "../../base/dom.ts";
import { block, working } from "../../base/notice.ts";
import { go, onState, state } from "../../base/state.ts";
import type { PaperDocument } from "../reports/document.ts";
import { preview } from "../reports/preview.ts";
import type { Whole } from "./data.ts";

/** Draws the tab. */
export function reportTab(one: Whole): HTMLElement {
  const place = el("div", {});
  let shown: string | null = null;
  const editions = ([["internal", "内部版"], ["public", "公开版"]] as const).map(([code, words]) =>
    el("button", { type: "button", "data-edition": code, onclick: () => go({ edition: code === "public" ? code : null, fig: null }) }, words));
  const draw = (): void => {
    if (state().get("tab") !== "report" || state().get("id") !== one.id) return;
    const edition = state().get("edition") === "public" ? "public" : "internal";
    editions.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.edition === edition)));
    if (edition === shown) return;
    shown = edition;
    replace(place);
    const path = `/v1/surveys/${one.id}/summary`;
    void working(place, async () => replace(place, preview(await get<PaperDocument>(path, { edition }), path, { edition })), [block(900)]);
  };
  onState(draw);
  draw();
  return el("div", { class: "stack" },
    el("div", { class: "row no-print" }, el("div", { class: "switch", role: "group", "aria-label": "哪一版" }, editions),
      one.open_questions > 0 && one.themes !== "signed" && el("p", { class: "note" }, "开放题主题还没有签认，报告里没有开放题一章；", el("a", { href: `/surveys?id=${one.id}&tab=open` }, "去归纳和签认"), "。")),
    place);
}
