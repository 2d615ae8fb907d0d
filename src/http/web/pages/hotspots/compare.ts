// 对比: two stretches of days side by side: what grew and what fell, by category, district or street.
import { casesLink, downloadLinks, get, type Query, type Schema } from "../../base/api.ts";
import { chart, palette } from "../../base/chart.ts";
import { el, replace, type Child } from "../../base/dom.ts";
import { change, count, rate, signed } from "../../base/format.ts";
import { block, empty } from "../../base/notice.ts";
import { go, state } from "../../base/state.ts";
import { table } from "../../base/table.ts";
import { choice, region, switches } from "./controls.ts";
import { COMMON, daysIn, later, narrowed, span, wholeDays } from "./look.ts";

type Volumes = Schema<"Volumes">;
interface Days { from: string; to: string }

const BY = { category: "二级分类", domain: "一级分类", district: "区县", street: "街道", department: "归口单位", channel: "渠道" } as const;
const WITH = { before: "紧接其前", year: "52 周前", own: "自选" } as const;
/** The API gives no change on fewer; nor does the page. */
const LEAST = 20;
const BARS = 12;
const ROWS = 20;

/** One kind of matter or place in both stretches. */
interface Pair {
  name: string;
  now: number;
  then: number;
  link: string | null;
  thenLink: string | null;
  /** Cases more a day, or cases more where both stretches are as long. */
  more: number;
}

/** The tab. */
export function compare(): HTMLElement {
  const own = region(["with", "b_from", "b_to", ...COMMON], null, (place) => Promise.resolve(replace(place, ownDays())));
  return el("div", { class: "stack" },
    el("div", { class: "choices no-print" }, choice("与什么时候比", "with", WITH, "before"), own, switches("按什么比", "by", BY, "category")),
    region([...COMMON, "with", "b_from", "b_to", "by"], block(560), draw));
}

/** Two date fields where the other stretch is chosen by hand. */
function ownDays(): Child {
  if (state().get("with") !== "own") return null;
  const { from, to } = other(wholeDays());
  const field = (name: string, label: string, value: string) => el("input", {
    type: "date", name, value, "aria-label": label, onchange: (event: Event) => go({ [name]: (event.target as HTMLInputElement).value || null }, "replace"),
  });
  return el("span", { class: "own-days" }, field("b_from", "对比期起", from), " 至 ", field("b_to", "对比期止", to));
}

/** The other stretch. */
function other(days: Days): Days {
  const now = state();
  const before = { from: later(days.from, -span()), to: later(days.from, -1) };
  if (now.get("with") === "year") return { from: lastYear(days.from), to: lastYear(days.to) };
  if (now.get("with") !== "own") return before;
  const [from, to] = [now.get("b_from") ?? before.from, now.get("b_to") ?? before.to];
  return from <= to ? { from, to } : { from: to, to: from };
}

/** The same kind of day a year before: 52 weeks, so that Mondays meet Mondays. */
const lastYear = (day: string): string => later(day, -364);

async function draw(place: HTMLElement): Promise<void> {
  const [a, asked] = [wholeDays(), state().get("by") ?? "category"];
  const b = other(a);
  const by = asked in BY ? (asked as keyof typeof BY) : "category";
  const query: Query = { ...narrowed(), by };
  const [now, then] = await Promise.all([get<Volumes>("/v1/volumes", { ...query, ...a }), get<Volumes>("/v1/volumes", { ...query, ...b })]);
  const even = daysIn(a.from, a.to) === daysIn(b.from, b.to);
  const pairs = paired(now, then, daysIn(a.from, a.to), daysIn(b.from, b.to));
  const heads = summary(now, then, a, b);
  if (pairs.length === 0) {
    replace(place, heads, empty("两期都没有案件", el("p", {}, "换一段日子，或去掉上面的筛选。")));
    return;
  }
  if (then.total === 0) {
    replace(place, heads, empty("对比期没有案件，无从比较", el("p", {}, "那时库里可能还没有数据。换一段日子再比。")));
    return;
  }
  replace(place, heads,
    !even && el("p", { class: "soft" }, "两期长短不同，增减按每日平均件数比。"),
    bars(pairs, BY[by], even),
    el("section", { class: "block" },
      el("div", { class: "block-head" }, el("h3", {}, "增减最大的"),
        el("span", { class: "push downloads-named" },
          "本期", downloadLinks("/v1/volumes", { ...query, ...a }, ["csv", "xlsx"]),
          "对比期", downloadLinks("/v1/volumes", { ...query, ...b }, ["csv", "xlsx"]))),
      shortened(pairs, BY[by], even)));
}

/** Both stretches by code; what only one of them has counts nothing in the other. */
export function paired(now: Volumes, then: Volumes, days: number, otherDays: number): Pair[] {
  const pairs = new Map<string, Pair>();
  const at = (row: Schema<"Volume">): Pair => {
    const key = row.code ?? row.name;
    const found = pairs.get(key) ?? { name: row.name, now: 0, then: 0, link: null, thenLink: null, more: 0 };
    pairs.set(key, found);
    return found;
  };
  for (const row of now.rows) Object.assign(at(row), { now: row.cases, link: row.link ?? null });
  for (const row of then.rows) Object.assign(at(row), { then: row.cases, thenLink: row.link ?? null });
  for (const pair of pairs.values()) pair.more = days === otherDays ? pair.now - pair.then : pair.now / days - pair.then / otherDays;
  return [...pairs.values()].sort((x, y) => Math.abs(y.more) - Math.abs(x.more));
}

function summary(now: Volumes, then: Volumes, a: Days, b: Days): HTMLElement {
  const one = (name: string, days: Days, volumes: Volumes) => el("div", {},
    el("dt", {}, name, el("small", {}, ` ${days.from} 至 ${days.to}，${daysIn(days.from, days.to)} 天`)),
    el("dd", {}, casesLink(volumes.link, count(volumes.total)), " 件",
      el("small", {}, `日均 ${rate(volumes.total / daysIn(days.from, days.to))}`,
        (volumes.holidays?.length ?? 0) > 0 && `，含${volumes.holidays!.join("、")}`)));
  const daily = [now.total / daysIn(a.from, a.to), then.total / daysIn(b.from, b.to)] as const;
  return el("dl", { class: "two" }, one("本期", a, now), one("对比期", b, then),
    el("div", {}, el("dt", {}, "日均增减"),
      el("dd", {}, then.total >= LEAST ? change(daily[0] / daily[1] - 1) : "—", then.total < LEAST && el("small", {}, `对比期不足 ${LEAST} 件，不给比例`))));
}

function bars(pairs: Pair[], what: string, even: boolean): HTMLElement {
  const shown = pairs.filter((pair) => pair.more !== 0).slice(0, BARS).sort((x, y) => x.more - y.more);
  const digits = even ? 0 : 2;
  const [up, down] = [pairs.filter((pair) => pair.more > 0).length, pairs.filter((pair) => pair.more < 0).length];
  const most = shown.at(-1);
  return chart({
    title: `各${what}增减${even ? "（件）" : "（日均件）"}`, height: Math.max(160, 40 + shown.length * 28),
    summary: `${up} 个${what}增加，${down} 个减少${most && most.more > 0 ? `；增加最多的是${most.name}（${signed(most.more, digits)}）` : ""}。列出增减最大的 ${shown.length} 个。`,
    table: () => pairTable(pairs, what, even),
    option: () => {
      const colours = palette();
      return {
        grid: { left: 4, right: 40, top: 4, bottom: 4, containLabel: true },
        tooltip: {
          trigger: "axis", axisPointer: { type: "shadow" },
          formatter: (at) => {
            const pair = shown[(at as { dataIndex: number }[])[0]!.dataIndex]!;
            return `${pair.name}\n本期 ${count(pair.now)} 件\n对比期 ${count(pair.then)} 件\n增减 ${signed(pair.more, digits)}`;
          },
        },
        xAxis: { type: "value", boundaryGap: ["8%", "8%"] },
        yAxis: { type: "category", data: shown.map((pair) => pair.name), axisLine: { show: false }, axisTick: { show: false } },
        series: [{
          type: "bar", barMaxWidth: 18,
          data: shown.map((pair) => ({
            value: pair.more, itemStyle: { color: pair.more > 0 ? colours.bad : colours.tell },
            label: { show: true, position: pair.more > 0 ? "right" : "left", formatter: signed(pair.more, digits), color: colours.ink },
          })),
        }],
      };
    },
  });
}

/** The greatest differences first; the rest when asked for. */
function shortened(pairs: Pair[], what: string, even: boolean): HTMLElement {
  if (pairs.length <= ROWS) return pairTable(pairs, what, even);
  const place = el("div", {});
  const all = el("button", { type: "button", class: "quiet no-print", onclick: () => replace(place, pairTable(pairs, what, even)) }, `展开全部 ${count(pairs.length)} 个${what}`);
  replace(place, pairTable(pairs.slice(0, ROWS), what, even), el("p", {}, all));
  return place;
}

function pairTable(pairs: Pair[], what: string, even: boolean): HTMLElement {
  const change_ = (pair: Pair) => (even && pair.then >= LEAST ? pair.now / pair.then - 1 : null);
  return table<Pair>({
    caption: `各${what}两期件数`, quiet: true, rows: pairs,
    columns: [
      { key: "name", name: what, cell: (pair) => pair.name, sort: (pair) => pair.name },
      { key: "now", name: "本期", number: true, cell: (pair) => casesLink(pair.now > 0 ? pair.link : null, count(pair.now)), sort: (pair) => pair.now },
      { key: "then", name: "对比期", number: true, cell: (pair) => casesLink(pair.then > 0 ? pair.thenLink : null, count(pair.then)), sort: (pair) => pair.then },
      { key: "more", name: even ? "增减" : "日均增减", number: true, cell: (pair) => signed(pair.more, even ? 0 : 2), sort: (pair) => pair.more },
      { key: "change", name: "幅度", number: true, help: `对比期不足 ${LEAST} 件或两期长短不同时不给`, cell: (pair) => change(change_(pair)), sort: change_ },
    ],
  });
}
