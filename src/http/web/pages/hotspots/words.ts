// 新词: words and places that more people speak of than before, each with the cases that say it.
import { casesLink, downloadLinks, get, type Schema } from "../../base/api.ts";
import { el, replace } from "../../base/dom.ts";
import { count, rate } from "../../base/format.ts";
import { empty, lines } from "../../base/notice.ts";
import { table } from "../../base/table.ts";
import { bar, chip } from "../../base/text.ts";
import { choice, region } from "./controls.ts";
import { COMMON, narrowed, wholeDays } from "./look.ts";
import { state } from "../../base/state.ts";

type Words = Schema<"Words">;
type Emerging = Schema<"Emerging">;

const PLACES: Record<string, string> = {
  city: "市", district: "区县", street: "街道", community: "社区", village: "村", estate: "小区", road: "道路", crossing: "路口",
  school: "学校", hospital: "医院", firm: "企业", poi: "地点",
};

/** The tab: words and places side by side. */
export function words(): HTMLElement {
  const keys = [...COMMON, "words_top"];
  return el("div", { class: "stack" },
    el("div", { class: "choices no-print" }, choice("列出", "words_top", { 20: "前 20", 50: "前 50", 200: "前 200" }, "20")),
    el("div", { class: "words" },
      region(keys, lines(10), (place) => show(place, "words", "词"), "section"),
      region(keys, lines(10), (place) => show(place, "places", "地点"), "section")));
}

async function show(place: HTMLElement, of: "words" | "places", name: string): Promise<void> {
  const query = { ...narrowed(), ...wholeDays(), of, top: state().get("words_top") };
  const found = await get<Words>("/v1/trends/words", query);
  replace(place,
    el("div", { class: "block-head" }, el("h3", {}, `新${name}`), downloadLinks("/v1/trends/words", query, ["csv", "xlsx"])),
    el("p", { class: "soft" }, found.note, " ", casesLink(found.link, `本期全部 ${count(found.texts.cases)} 件`)),
    found.rows.length === 0
      ? empty(`没有突出的${name}`, el("p", {}, "至少 3 人说到、且比此前明显多的才列出。可以把期间放长。"))
      : list(found.rows, of, name));
}

function list(rows: Emerging[], of: "words" | "places", name: string): HTMLElement {
  const strongest = Math.max(...rows.map((row) => row.log_odds));
  return table<Emerging>({
    caption: `本期比此前更多人说到的${name}，最突出的在前`, quiet: true, rows,
    columns: [
      {
        key: "text", name, sort: (row) => row.text,
        cell: (row) => el("span", { class: "word" }, el("b", {}, row.text), of === "places" && row.place && chip(PLACES[row.place] ?? row.place)),
      },
      { key: "people", name: "本期人数", number: true, help: "本期多少人说到；同一来电人算一人", sort: (row) => row.people, cell: (row) => count(row.people) },
      { key: "base", name: "此前人数", number: true, help: "基期多少人说到；基期通常更长", sort: (row) => row.base_people, cell: (row) => count(row.base_people) },
      {
        key: "odds", name: "对数优势比", help: "加先验后两期的对数优势比，大于 0 为本期更多；z 不小于 1.96 的才列出", sort: (row) => row.log_odds,
        cell: (row) => el("span", { class: "odds", title: row.sentence }, bar(row.log_odds / strongest), el("span", {}, rate(row.log_odds)), el("small", {}, `z ${rate(row.z)}`)),
      },
      {
        key: "cases", name: "例案",
        cell: (row) => el("span", { class: "examples" }, row.examples.map((id, at) =>
          el("a", { href: `/cases?id=${encodeURIComponent(id)}`, title: `“${row.text}”的例案` }, `例 ${at + 1}`, el("span", { class: "hidden" }, `：${row.text}`)))),
      },
    ],
  });
}
