// Who told it, and how often: people are numbers here, nothing else is known of them.
import { el, svg } from "../../base/dom.ts";
import { day, moment } from "../../base/format.ts";
import { STAGES, caseName } from "./names.ts";
import type { Stage, Telling } from "./names.ts";

const SHOWN = 12;

/** One lane for each person: a dot for each telling, on one time axis. */
export function people(tellings: Telling[], stageOf: (telling: Telling) => Stage): HTMLElement {
  const by = new Map<number, Telling[]>();
  for (const telling of tellings) by.set(telling.person, [...(by.get(telling.person) ?? []), telling]);
  const lanes = [...by].sort(([one, a], [other, b]) => b.length - a.length || one - other);
  const again = lanes.filter(([, told]) => told.length > 1).length;
  const times = tellings.map((telling) => new Date(telling.received_at).getTime());
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const at = (telling: Telling) => (last === first ? 0.5 : (new Date(telling.received_at).getTime() - first) / (last - first));
  const rows = lanes.map(([person, told]) => lane(person, told, at, stageOf));
  return el("section", { class: "card people" },
    el("h2", {}, "反映人"),
    el("p", { class: "note" }, `${lanes.length} 人${again > 0 ? `，${again} 人不止一次` : "，各一次"}。只按不可逆的标识区分，没有标识的各算一人。`),
    el("ol", { class: "lanes" }, rows.slice(0, SHOWN)),
    rows.length > SHOWN && el("details", {}, el("summary", {}, `其余 ${rows.length - SHOWN} 人`), el("ol", { class: "lanes" }, rows.slice(SHOWN))),
    el("p", { class: "lane-axis", "aria-hidden": "true" }, el("span", {}, day(first).slice(5)), el("span", {}, day(last).slice(5))));
}

function lane(person: number, told: Telling[], at: (telling: Telling) => number, stageOf: (telling: Telling) => Stage): HTMLElement {
  const dots = told.map((telling) =>
    el("a", {
      class: `dot ${stageOf(telling)}`, href: `#${telling.case}`,
      title: `${moment(telling.received_at)} ${caseName(telling)} ${STAGES[stageOf(telling)]}`,
      "aria-label": `第 ${person} 人 ${moment(telling.received_at)} ${caseName(telling)}，${STAGES[stageOf(telling)]}`,
    }));
  dots.forEach((dot, n) => { dot.style.left = `${at(told[n]!) * 100}%`; });
  return el("li", {},
    el("span", { class: "who" }, `第 ${person} 人`),
    el("span", { class: "lane" }, dots),
    el("span", { class: "times" }, `${told.length} 次`));
}

/** A small line of counts, for a row of a table. */
export function sparkline(counts: number[]): SVGElement {
  const [width, height] = [96, 22];
  const most = Math.max(1, ...counts);
  const step = width / Math.max(1, counts.length);
  const bars = counts.map((n, i) => n > 0 && svg("rect", {
    x: (i * step).toFixed(1), y: (height - Math.max(2, (n / most) * height)).toFixed(1),
    width: Math.max(1.2, step - 0.6).toFixed(1), height: Math.max(2, (n / most) * height).toFixed(1),
  }));
  return svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
    "aria-label": `共 ${counts.reduce((sum, n) => sum + n, 0)} 件，最多一天 ${Math.max(0, ...counts)} 件` },
    svg("line", { x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5, class: "base" }), bars);
}
