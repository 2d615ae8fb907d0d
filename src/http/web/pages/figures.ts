// 统计: cases counted by any one or two things, drawn and tabled, each number with its cases.
import { casesAddress, casesLink, downloadLinks, get, type Schema } from "../base/api.ts";
import { chart } from "../base/chart.ts";
import { groundSaid } from "../base/days.ts";
import { el, icon, replace, type Child } from "../base/dom.ts";
import { filterBar } from "../base/filters.ts";
import { change, count, day, moment } from "../base/format.ts";
import { block, empty } from "../base/notice.ts";
import { go, onState, state } from "../base/state.ts";
import { chip, fact, facts, heading } from "../base/text.ts";
import { AGAINST, asked, FIELDS, KEYS, MEASURES, SHAPES, shapes, TOPS, type Asked } from "./figures/asked.ts";
import { copyLink } from "./figures/copy.ts";
import { DIMENSIONS, USUAL } from "./figures/dimensions.ts";
import { numbers } from "./figures/pivot.ts";
import { drawnRows, heightOf, option, undrawn } from "./figures/plot.ts";
import { crumbs, into } from "./figures/trail.ts";
import { choice, redraw, region, switches } from "./hotspots/controls.ts";
import { onPaper } from "./hotspots/paper.ts";

export const title = "统计";

type Volumes = Schema<"Volumes">;

/** Draws the page. */
export async function show(root: HTMLElement): Promise<void> {
  replace(root,
    heading(title, el("p", {}, "按任何一项或两项数案件；点条形或行名往里看，点数字看案件。"),
      el("button", { type: "button", class: "quiet push no-print", onclick: () => void copyLink() }, icon("link"), "复制这一张的链接")),
    onPaper(),
    filterBar({ fields: FIELDS }),
    chooser(),
    region([...KEYS, "trail"], block(640), draw));
}

// ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────────────

function chooser(): HTMLElement {
  const rows = dimensions("行", "by-rows", false);
  const columns = dimensions("列", "by-columns", true);
  const write = () => go({ by: columns.value && columns.value !== rows.value ? `${rows.value},${columns.value}` : rows.value, shape: null });
  rows.addEventListener("change", write);
  columns.addEventListener("change", write);
  const swap = el("button", { type: "button", class: "quiet", "aria-label": "行列互换", title: "行列互换", onclick: () => {
    if (!columns.value) return;
    go({ by: `${columns.value},${rows.value}`, shape: null });
  } }, "⇄");
  const follow = () => {
    const now = asked();
    rows.value = now.rows.key;
    columns.value = now.columns?.key ?? "";
    swap.disabled = !now.columns;
  };
  follow();
  onState(follow);
  return el("section", { class: "chooser no-print", "aria-label": "数什么" },
    field("行", rows), swap, field("列", columns),
    choice("量", "measure", MEASURES, "cases"), choice("对比", "against", AGAINST, "none"), choice("列出", "top", TOPS, "10"),
    el("p", { class: "usual" }, "常用：", USUAL.map((view) => el("button", {
      type: "button", class: "link", onclick: () => go({ by: view.by, shape: null, measure: null, trail: null }),
    }, view.name))));
}

function field(label: string, select: HTMLSelectElement): HTMLElement {
  return el("span", { class: "choice" }, el("label", { for: select.id }, label), select);
}

function dimensions(label: string, id: string, none: boolean): HTMLSelectElement {
  const groups = [...new Set(DIMENSIONS.map((one) => one.group))];
  return el("select", { id, "aria-label": label },
    none && el("option", { value: "" }, "（不分列）"),
    groups.map((group) => el("optgroup", { label: group }, DIMENSIONS.filter((one) => one.group === group).map((one) =>
      el("option", { value: one.key }, one.name)))));
}

// ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function draw(place: HTMLElement): Promise<void> {
  const what = asked();
  const volumes = await get<Volumes>("/v1/volumes", what.query);
  const other = await earlier(volumes, what);
  const choices = shapes(what);
  const shape = what.shape && choices.includes(what.shape) ? what.shape : choices[0]!;
  const shapeSwitch = choices.length > 1 && switches("图形", "shape", Object.fromEntries(choices.map((one) => [one, SHAPES[one]])), choices[0]!);
  const name = what.columns ? `${what.rows.name} × ${what.columns.name}` : `按${what.rows.name}`;
  const drawing = (tools: Child) => chart({
    title: `${name}：${MEASURES[what.measure]}`, height: heightOf(volumes, what, shape), summary: sentence(volumes, undrawn(volumes, what)) + groundSaid(volumes.rows.map((row) => row.day)),
    option: () => option(volumes, what, shape, other), table: () => numbers(volumes, what), downloads: el("span", {}, tools),
    onClick: (at) => click(volumes, what, shape, at as { dataIndex: number; value: unknown }),
  });
  const table = (tools: Child) => el("section", { class: "card" },
    el("div", { class: "block-head" }, el("h2", {}, shape === "heat" ? name : "数字"), tools, downloadLinks("/v1/volumes", what.query, ["csv", "xlsx", "parquet"])),
    shape === "heat" && el("p", { class: "soft" }, sentence(volumes, 0)),
    notes(volumes, what),
    numbers(volumes, what));
  redraw(place, crumbs(), heads(volumes),
    volumes.total === 0 ? empty("没有符合条件的案件", el("p", {}, "把日期放长，或去掉上面的筛选。"))
      // The table is the heat map already; a picture of it is for slides.
      : shape === "heat" ? [table(shapeSwitch), picture(() => drawing(null))]
        : [drawing(shapeSwitch), table(null)]);
  // What was pressed to come here is gone: the keyboard goes on from where it has come to.
  if (place.dataset.drawn && document.activeElement === document.body) place.querySelector<HTMLElement>(".crumbs b")?.focus({ preventScroll: true });
  place.dataset.drawn = "true";
}

function picture(draw: () => HTMLElement): HTMLElement {
  const details = el("details", { class: "as-picture no-print" }, el("summary", {}, "成图（可存 PNG、SVG）"));
  details.addEventListener("toggle", () => { if (details.open && details.childElementCount === 1) details.append(draw()); });
  return details;
}

/** The earlier stretch by its own times: the rows of the answer compare each time with the one before it. */
async function earlier(volumes: Volumes, what: Asked): Promise<Volumes | null> {
  const base = what.against === "none" ? null : volumes[what.against];
  if (!base || !what.rows.time || what.columns) return null;
  return get<Volumes>("/v1/volumes", { ...what.query, from: base.from, to: base.to });
}

function click(volumes: Volumes, what: Asked, shape: string, at: { dataIndex: number; value: unknown }): void {
  const rows = drawnRows(volumes, what);
  if (shape !== "heat") {
    const row = rows[at.dataIndex];
    if (row) into(row, what);
    return;
  }
  const [x, y] = at.value as [number, number];
  const link = rows[y]?.cells?.[x]?.link;
  if (link) location.assign(casesAddress(link));
}

function heads(volumes: Volumes): HTMLElement {
  const against = (name: string, base: Volumes["previous"]) => fact(name, base ? change(base.change) : "—", base && [
    `${stretch(base.from, base.to)} `, casesLink(base.cases > 0 ? base.link : null, `${count(base.cases)} 件`),
    base.cases < LEAST && "，太少不比",
    (base.holidays?.length ?? 0) > 0 && `，含${base.holidays!.join("、")}`]);
  return facts(
    fact("件数", casesLink(volumes.link, count(volumes.total)), `${stretch(volumes.from, volumes.to)}${volumes.partial ? "（未完）" : ""}`),
    fact("人数", count(volumes.people), "同一来电人只算一次"),
    against("环比", volumes.previous), against("同比", volumes.year_before));
}

/** The API gives no change on fewer. */
const LEAST = 20;

/** Whole days by their first and last, anything else by its times. */
function stretch(from: string, to: string): string {
  const whole = [from, to].every((at) => at.slice(11, 19) === "00:00:00");
  return whole ? `${day(from)} 至 ${day(Date.parse(to) - 1)}` : `${moment(from)} 至 ${moment(to)}`;
}

function notes(volumes: Volumes, what: Asked): Child {
  return el("p", { class: "row" },
    volumes.partial && chip("本期未完，只与对比期的同一段相比", "warn"),
    (volumes.holidays?.length ?? 0) > 0 && chip(`本期含${volumes.holidays!.join("、")}`, "tell"),
    what.columns && state().get("measure") === "people" && chip("交叉统计没有每格的人数，格里仍是件数"),
    (!what.rows.filter && !what.rows.time && what.rows.key !== "status") && chip(`按${what.rows.name}的件数没有案件列表`));
}

function sentence(volumes: Volumes, left: number): string {
  const named = volumes.rows.filter((row) => row.code !== null && row.code !== undefined && row.code !== "-");
  const most = named.reduce<Schema<"Volume"> | null>((best, row) => (!best || row.cases > best.cases ? row : best), null);
  if (!most) return `共 ${count(volumes.total)} 件。`;
  const cells = (most.cells ?? []).map((one, at) => ({ cases: one.cases, column: volumes.columns?.[at] })).filter((one) => one.column?.code);
  const cell = cells.sort((a, b) => b.cases - a.cases)[0];
  return [
    `共 ${count(volumes.total)} 件`, `最多的是${/^\d/.test(most.name) ? " " : ""}${most.name}（${count(most.cases)} 件）`,
    cell && cell.cases > 0 && `其中${cell.column!.name} ${count(cell.cases)} 件`,
    left > 0 && `图中不画其余和没有的 ${count(left)} 件`,
  ].filter(Boolean).join("，") + "。";
}
