// What is new, rises, falls, comes with the season or never leaves: each with its test and its days.
import { casesLink, downloadLinks, get, type Schema } from "../../base/api.ts";
import { el, svg } from "../../base/dom.ts";
import { count, rate } from "../../base/format.ts";
import { empty } from "../../base/notice.ts";
import { state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { choice, redraw, switches } from "./controls.ts";
import { narrowed, wholeDays } from "./look.ts";

type Trends = Schema<"Trends">;
type Trend = Schema<"Trend">;

const OVER = { category: "二级分类", cell: "分类 × 区县", event: "诉求组" } as const;
/** Said by a sign too, so that the colour is not alone. */
const SIGNS: Record<string, string> = { new: "✦", rising: "↑", falling: "↓", seasonal: "◷", chronic: "≡" };

/** Draws the list into its place. */
export async function showMovers(place: HTMLElement): Promise<void> {
  const kind = state().get("kind");
  const query = { ...narrowed(), ...wholeDays(), over: state().get("series_of"), kind, top: kind ? 200 : 20 };
  const trends = await get<Trends>("/v1/trends", query);
  const { rows } = trends;
  const all = trends.found.reduce((sum, one) => sum + one.series, 0);
  const kinds = Object.fromEntries([["", `全部 ${count(all)}`], ...trends.found.map((one) => [one.kind, `${one.name} ${count(one.series)}`])]);
  redraw(place,
    el("div", { class: "block-head" },
      el("h3", {}, "什么在变"), choice("按", "series_of", OVER, "category"), switches("哪一类", "kind", kinds, ""),
      downloadLinks("/v1/trends", query, ["csv", "xlsx"])),
    el("p", { class: "soft" }, trends.note, ` 检验了 ${count(trends.tested)} 个序列，预期至多 ${count(trends.level * 100)}% 是偶然。${!kind && rows.length < all ? "每类列出前 20 个，点上面的类别看全。" : ""}`),
    rows.length === 0 ? empty("没有这一类的变化", el("p", {}, "可换成“分类 × 区县”或“诉求组”，或把期间放长。")) : list(rows, trends));
}

function list(rows: Trend[], trends: Trends): HTMLElement {
  return table<Trend>({
    caption: "新出现、上升、下降、季节性和长期存在的诉求", rows,
    columns: [
      { key: "kind", name: "变化", cell: (row) => el("span", { class: `mover mover-${row.kind}` }, `${SIGNS[row.kind] ?? ""} ${row.kind_name}`), sort: (row) => row.kind_name },
      {
        key: "name", name: "什么", wide: true, sort: (row) => row.name,
        cell: (row) => el("div", { class: "what" },
          row.issue ? el("a", { href: `/issues?id=${encodeURIComponent(row.issue)}` }, row.name) : el("b", {}, row.name),
          el("p", {}, row.sentence.replace(`${row.name}：`, ""))),
      },
      { key: "days", name: "逐日", cell: (row) => spark(row, trends.period.days) },
      { key: "cases", name: "本期", number: true, sort: (row) => row.cases, cell: (row) => casesLink(row.link, count(row.cases)) },
      { key: "expected", name: "应有", number: true, help: "按基期的水平和本期的星期、假日，本期应有的件数", sort: (row) => row.expected, cell: (row) => rate(row.expected) },
      { key: "ratio", name: "倍数（95% 区间）", sort: (row) => row.ratio ?? Infinity, cell: ratio },
    ],
  });
}

const [WIDE, HIGH] = [120, 28];

/** The days as bars, the period in the accent. */
function spark({ counts, name, cases }: Trend, period: number): SVGElement {
  const most = Math.max(...counts, 1);
  const step = WIDE / counts.length;
  return svg("svg", { class: "spark", viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, role: "img", "aria-label": `${name}逐日：本期 ${cases} 件，最多的一天 ${most} 件` },
    svg("path", { class: "ground", d: `M0 ${HIGH - 0.5}H${WIDE}` }),
    counts.map((n, at) => n > 0 && svg("rect", {
      class: at >= counts.length - period ? "now" : "then", x: (at * step).toFixed(2), width: Math.max(step - 0.8, 1).toFixed(2),
      y: (HIGH - (n / most) * (HIGH - 2)).toFixed(2), height: ((n / most) * (HIGH - 2)).toFixed(2),
    })));
}

const times = (value: number): string => (value < 10 ? value.toFixed(1) : count(value));

/** The ratio with its interval on a scale where twice and half are equally far from one. */
function ratio(row: Trend): HTMLElement | string {
  if (row.ratio === null || row.ratio === undefined) return row.ratio_low ? `基期没有；至少 ${times(row.ratio_low)} 倍` : "—";
  const at = (value: number) => 50 + Math.max(-48, Math.min(48, (Math.log2(Math.max(value, 1e-6)) / 6) * 48));
  const [low, high] = [row.ratio_low ?? row.ratio, row.ratio_high ?? row.ratio];
  return el("div", { class: "ratio" },
    svg("svg", { viewBox: "0 0 100 12", width: 100, height: 12, "aria-hidden": "true" },
      svg("path", { class: "one", d: "M50 0V12" }),
      svg("path", { class: "reach", d: `M${at(low)} 6H${at(high)}` }),
      svg("circle", { cx: at(row.ratio), cy: 6, r: 3.5 })),
    el("span", {}, `${times(row.ratio)}（${times(low)}–${times(high)}）`));
}
