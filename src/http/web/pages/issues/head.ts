// The head of a group: what it is, how many told it, how hot, who answers and how far they are.
import { casesLink } from "../../base/api.ts";
import type { Schema } from "../../base/api.ts";
import { el, icon } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { count, day, moment } from "../../base/format.ts";
import { chip, fact, facts } from "../../base/text.ts";
import type { Tone } from "../../base/text.ts";
import { STAGES } from "./names.ts";
import type { Group, GroupBody, Stage } from "./names.ts";
import type { Alert, Heat } from "./store.ts";

const ORDER: Stage[] = ["closed", "answered", "open", "late"];
const LEVELS: Record<Alert["level"], Tone> = { blue: "tell", yellow: "warn", orange: "warn", red: "bad" };

/** Figures under the title. */
export function figures(group: GroupBody, heat: Heat | undefined, stages: Record<Stage, number>): HTMLElement {
  const link = `/v1/complaints?issue=${group.id}`;
  const days = Math.round((new Date(group.last_at).getTime() - new Date(group.first_at).getTime()) / 86_400_000) + 1;
  return facts(
    fact("件数", casesLink(link, count(group.cases)), `末件前 7 天内 ${group.recent} 件，再前 7 天 ${group.before} 件`),
    fact("人数", count(group.people), group.people < group.cases ? `${group.cases - group.people} 件是同一人再说` : "各人一件"),
    fact("自何时", day(group.first_at).slice(5), `至 ${moment(group.last_at)}，前后 ${days} 天`),
    fact("热度", heat ? el("a", { href: hotspot(group) }, heat.heat.toFixed(1)) : "—", heat ? hottest(heat) : "统计期内不足 2 件"),
    fact("办理", [count(stages.closed + stages.answered), el("small", {}, ` / ${group.cases} 已答复`)], progress(stages)));
}

/** The group among the hotspots of its kind, over the days since it began. */
function hotspot(group: Group): string {
  const days = Math.min(366, Math.ceil((Date.now() - new Date(group.first_at).getTime()) / 86_400_000) + 1);
  const query = { open: group.id, days: String(days), top: "500", category: group.category ?? "", district: group.district ?? "" };
  return `/hotspots?${new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""))}`;
}

/** The part of the heat that weighs most, in words. */
function hottest(heat: Heat): string {
  const { volume, burst, people, severity, returns } = heat.parts;
  const parts: [string, number][] = [["量", volume.points], ["突增", burst.points], ["人", people.points], ["轻重", severity.points], ["反复", returns.points]];
  const most = parts.reduce((best, part) => (part[1] > best[1] ? part : best));
  return `满分 100；主要因${most[0]}（${most[1].toFixed(1)}）`;
}

/** How far the cases are: a bar of four parts, and in words. */
export function progress(stages: Record<Stage, number>): HTMLElement {
  const all = ORDER.reduce((sum, stage) => sum + stages[stage], 0);
  const parts = ORDER.filter((stage) => stages[stage] > 0).map((stage) => {
    const part = el("i", { class: stage });
    part.style.flexGrow = String(stages[stage]);
    return part;
  });
  const text = ORDER.filter((stage) => stages[stage] > 0).map((stage) => `${STAGES[stage]} ${stages[stage]}`).join(" · ");
  return el("span", { class: "progress" }, all > 0 && el("span", { class: "parts", "aria-hidden": "true" }, parts), el("span", {}, text || "—"));
}

/** Alerts of the group that stand. */
export function alertChips(alerts: Alert[], group: Group): Child {
  return alerts.filter((alert) => alert.state !== "dismissed").map((alert) =>
    el("a", { class: `chip alert ${LEVELS[alert.level]}`, href: hotspot(group), title: alert.sentence },
      icon("bell"), `${alert.level_name}${alert.state === "acknowledged" ? "（已确认）" : ""}`));
}

/** What the group is about: place and kind. */
export function about(group: GroupBody, category: string): Child {
  return [group.district && chip(group.district), group.place && chip([icon("place"), group.place]), chip(category)];
}

/** Units that answer, with how far each is; every number leads to its cases. */
export function units(report: Schema<"Departments">): HTMLElement {
  const rows = report.rows.filter((row) => row.assigned.cases > 0);
  const heads = ["承办单位", "件", "按时答复", "逾期答复", "未到期", "超期未答"];
  const cell = ({ cases, link }: Schema<"Cases">) => el("td", { class: "number" }, cases > 0 ? casesLink(link, count(cases)) : "0");
  return el("section", { class: "card units" },
    el("h2", {}, "承办单位"),
    rows.length === 0 ? el("p", { class: "note" }, "还没有派到单位。") : el("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": "承办单位" },
      el("table", { class: "table dense" },
        el("caption", { class: "hidden" }, "各承办单位办理本组案件的情况"),
        el("thead", {}, el("tr", {}, heads.map((name, at) => el("th", { scope: "col", class: at > 0 ? "number" : null }, name)))),
        el("tbody", {}, rows.map(({ code, name, assigned, answering }) => el("tr", {},
          el("th", { scope: "row" }, el("a", { href: `/departments?unit=${code}` }, name)),
          [assigned, answering.in_time, answering.late, answering.waiting, answering.overdue].map(cell)))))));
}

/** Groups that went into this one, said once to who came from there. */
export function cameFrom(from: GroupBody[]): HTMLElement | null {
  const last = from.at(-1);
  if (!last) return null;
  const merged = [...last.acts].reverse().find((act) => act.kind === "merge" && (act.undone_by ?? null) === null);
  return el("p", { class: "banner", role: "status" }, icon("merge"),
    `您要看的「${from[0]!.title}」已${merged ? `于 ${moment(merged.at)} ` : ""}并入本组。`,
    el("a", { href: `/issues?id=${from[0]!.id}&as=is` }, "看它自己的记录"));
}
