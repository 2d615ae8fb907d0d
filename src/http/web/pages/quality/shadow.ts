// 影子模型: how often a challenger in the shadow would have said the same as the model that answers.
import { get, taxonomy } from "../../base/api.ts";
import type { Schema, Taxonomy } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { ago, count, moment, percent } from "../../base/format.ts";
import { block, empty, working } from "../../base/notice.ts";
import { table } from "../../base/table.ts";
import { barRow, card, fact, facts } from "../../base/text.ts";

type Models = Schema<"Models">;
type Challenger = NonNullable<Models["challenger"]>;

/** Reads once: nothing of it hangs on the filters. */
export function shadowTab(): HTMLElement {
  const place = el("div", { class: "stack" });
  void working(place, async () => {
    const [models, names] = await Promise.all([get<Models>("/v1/models"), taxonomy()]);
    replace(place, draw(models, names));
  }, [block(118), block(260)]);
  return place;
}

function draw(models: Models, names: Taxonomy): Child {
  const { champion, challenger } = models;
  const answering = el("p", { class: "note" }, `作答的模型：${champion.name} ${champion.version}`);
  if (!challenger) {
    return [answering, empty("没有影子模型",
      el("p", {}, "换模型之前，先让新模型在影子里跑几天：它答同样的来件，只作比较，不影响建议。"),
      el("p", {}, el("code", {}, "guikou serve --shadow 新模型目录")))];
  }
  return [answering, head(challenger), card("一致率", el("ul", { class: "bars" }, agreement(challenger)),
    el("p", { class: "note after" }, "不一致不等于谁错：请看下面的组合，到“改动”里对照人是怎么认定的。")), pairs(challenger, names)];
}

function head(one: Challenger): HTMLElement {
  return facts(
    fact("影子模型", one.name, one.version),
    fact("已比较", count(one.compared), `自 ${moment(one.since)} 起，${ago(one.since)}启动`),
    fact("略过", count(one.dropped), "来不及比较的；影子从不耽误作答"));
}

function agreement(one: Challenger): Child[] {
  const { unit, category, domain, decision } = one.agreement;
  const rows: [string, number | null | undefined][] = [["牵头单位", unit], ["二级分类", category], ["一级分类", domain], ["处置建议", decision]];
  return rows.map(([name, share]) => (typeof share === "number" ? barRow(share, name) : el("li", {}, el("span", { class: "label" }, name), el("span", {}), el("span", { class: "pct" }, percent(share)))));
}

function pairs(one: Challenger, names: Taxonomy): HTMLElement {
  type Pair = Challenger["disagreements_by_category"][number];
  const name = (code: string): string => (code === "" ? "没有给出分类" : names.path(code));
  return card("分类不一致的组合", table<Pair>({
    caption: "次数多的在前，最多 20 组", dense: true, rows: one.disagreements_by_category, empty: "还没有不一致的",
    columns: [
      { key: "champion", name: "作答的模型", cell: (pair) => name(pair.champion), sort: (pair) => name(pair.champion) },
      { key: "arrow", name: "", cell: () => icon("forward") },
      { key: "challenger", name: "影子模型", cell: (pair) => name(pair.challenger), sort: (pair) => name(pair.challenger), wide: true },
      { key: "count", name: "次数", number: true, cell: (pair) => count(pair.count), sort: (pair) => pair.count },
    ],
  }));
}
