// All surveys, newest first.

import { get } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { count, day } from "../../base/format.ts";
import { block, empty, working } from "../../base/notice.ts";
import { table } from "../../base/table.ts";
import { chip, heading } from "../../base/text.ts";
import { type Head, STATES } from "./data.ts";

/** Draws the list. */
export function showList(root: HTMLElement): void {
  const place = el("div", { class: "stack" });
  replace(root,
    heading("调查", el("p", { class: "note" }, "问卷答卷的封闭题统计、开放题归纳和调查报告；每个数字都通到答卷。"),
      el("a", { class: "main push no-print", href: "/surveys?new=1" }, icon("add"), "新建调查")),
    place);
  void working(place, async () => replace(place, draw((await get<{ surveys: Head[] }>("/v1/surveys")).surveys)), [block(280)]);
}

function draw(surveys: Head[]): Child {
  if (surveys.length === 0) {
    return empty("还没有调查", el("p", {}, "把问卷平台导出的答卷（CSV 或 XLSX）拖进来，核对各列后保存，就有统计、开放题归纳和报告。"),
      el("a", { class: "main", href: "/surveys?new=1" }, icon("add"), "新建调查"));
  }
  return el("section", { class: "card", "aria-label": "各次调查" }, table<Head>({
    caption: `共 ${surveys.length} 次调查`,
    rows: surveys,
    columns: [
      { key: "title", name: "调查", wide: true, cell: (one) => el("a", { href: `/surveys?id=${one.id}` }, one.title), sort: (one) => one.title },
      { key: "organiser", name: "主办单位", cell: (one) => one.organiser || "—", sort: (one) => one.organiser },
      { key: "period", name: "调查时间", cell: (one) => one.period || "—", sort: (one) => one.period },
      { key: "respondents", name: "答卷", number: true, cell: (one) => count(one.respondents), sort: (one) => one.respondents },
      { key: "themes", name: "开放题主题", cell: (one) => stateChip(one.themes) },
      { key: "created", name: "提交", cell: (one) => day(one.created_at), sort: (one) => one.created_at },
    ],
  }));
}

/** Where the themes stand. */
export const stateChip = (state: Head["themes"]): HTMLElement =>
  state ? chip(STATES[state], state === "signed" ? "good" : "warn") : chip("未归纳");
