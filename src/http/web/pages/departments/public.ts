// 公开版: what may be published. Small counts, and whatever they could be worked out from, are withheld by the service.
import { downloadLinks, get } from "../../base/api.ts";
import type { Schema } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { count, moment } from "../../base/format.ts";
import { block, working } from "../../base/notice.ts";
import { go, onState, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { GROUPS, MEASURES, axisFrom, group, tierName } from "./data.ts";
import { axisMarks, legend, whisker, figure } from "./whisker.ts";

type Public = Schema<"PublicDepartments">;
type Row = Schema<"PublicRow">;

/** Draws the tab. */
export function publicTab(): HTMLElement {
  const place = el("div", { class: "stack" });
  let shown = "";
  const read = () => {
    const query = { edition: "public", month: state().get("month"), group: group() };
    if (JSON.stringify(query) === shown) return;
    shown = JSON.stringify(query);
    const mine = shown;
    void working(place, async () => {
      const found = await get<Public>("/v1/departments", query);
      if (mine === shown) replace(place, sheet(found));
    }, block(600));
  };
  onState(() => { if (place.isConnected) read(); });
  read();
  return el("div", { class: "stack" }, chooser(), place);
}

/** A whole month that is over, and how rows are grouped. */
function chooser(): HTMLElement {
  const last = new Date();
  last.setDate(0);
  const latest = `${last.getFullYear()}-${String(last.getMonth() + 1).padStart(2, "0")}`;
  const month = el("input", { type: "month", id: "public-month", max: latest, value: state().get("month") ?? latest });
  month.addEventListener("change", () => go({ month: month.value || null }));
  onState((now) => { month.value = now.get("month") ?? latest; });
  const kinds = el("span", { class: "switch", role: "group", "aria-label": "按什么分行" });
  const drawKinds = () => replace(kinds, GROUPS.map(([code, text]) =>
    el("button", { type: "button", "aria-pressed": String(code === group()), onclick: () => go({ group: code === "unit" ? null : code }) }, text)));
  onState(drawKinds);
  drawKinds();
  return el("div", { class: "choices-row no-print" }, el("label", { for: month.id, class: "note" }, "月份"), month, el("span", { class: "note" }, "分行"), kinds);
}

function sheet(found: Public): Child {
  const axis = { from: axisFrom(found.rows.flatMap((row) => MEASURES.map(({ key }) => row[key]))) };
  const hidden = found.rows.filter((row) => row.suppressed).length;
  const box = table<Row>({
    caption: `办理情况公开版，${found.month}`, quiet: true, rows: found.rows,
    columns: [
      { key: "name", name: GROUPS.find(([code]) => code === found.group)![1], sort: (row) => row.name,
        cell: (row) => [row.name, found.group === "unit" && el("small", { class: "tier" }, tierName(row.level))] },
      { key: "assigned", name: "承办件", number: true, sort: (row) => row.assigned, cell: (row) => (row.suppressed ? withheld() : count(row.assigned)) },
      ...MEASURES.map(({ key, name, help }) => ({
        key, name, help, number: true, sort: (row: Row) => row[key].rate,
        cell: (row: Row) => (row[key].suppressed ? withheld() : el("span", { class: "rate-cell" }, whisker(row[key], axis, found.total[key].rate), figure(row[key]))),
      })),
      { key: "undeclared", name: "未表态", number: true, sort: (row) => row.undeclared,
        cell: (row) => (row.suppressed || row.satisfaction.suppressed ? withheld() : count(row.undeclared)) },
    ],
  });
  box.classList.add("figures-table");
  box.querySelectorAll("thead th").forEach((head, at) => { if (at >= 2 && at < 2 + MEASURES.length) head.append(axisMarks(axis)); });
  box.querySelector("table")!.append(total(found, axis));
  return el("section", { class: "card figures-card", "aria-labelledby": "public-title" },
    el("header", { class: "figures-head" },
      el("h2", { id: "public-title" }, `${found.month.replace("-", " 年 ")} 月办理情况（公开版）`), legend(false),
      downloadLinks("/v1/departments", { edition: "public", month: found.month, group: found.group })),
    el("p", { class: "note withheld-why" }, icon("lock"),
      `截至 ${moment(found.as_of)}。1 至 4 件的数字能认出个人，连同能据以推算出它们的数字一并隐去，所以隐去的不一定小于 5。`,
      `本表 ${count(found.rows.length)} 行中 ${count(hidden)} 行全部隐去；不含案件和链接，可直接公开。`),
    box);
}

const withheld = (): HTMLElement => el("span", { class: "withheld", title: "1 至 4 件，或能据以推算出这样的数字" }, "隐去");

function total(found: Public, axis: { from: number }): HTMLElement {
  const row = found.total;
  return el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, "全市合计"),
    el("td", { class: "number" }, row.suppressed ? withheld() : count(row.assigned)),
    MEASURES.map(({ key }) => el("td", { class: "number" }, row[key].suppressed ? withheld() : el("span", { class: "rate-cell" }, whisker(row[key], axis), figure(row[key])))),
    el("td", { class: "number" }, row.satisfaction.suppressed ? withheld() : count(row.undeclared))));
}
