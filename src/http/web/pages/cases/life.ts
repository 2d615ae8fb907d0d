// What became of a case, step by step: who did what, by when the next was due, and what was taken back.

import type { Schema, Taxonomy } from "../../base/api.ts";
import { type Child, el } from "../../base/dom.ts";
import { duration, moment } from "../../base/format.ts";
import { chip, type Tone } from "../../base/text.ts";
import { type Case, DEEDS, OUTCOMES, REASONS, SATISFIED, SUPERVISIONS } from "./words.ts";

type Line = { at: string; what: Child; more?: Child; actor?: string | null; tone?: Tone };
type Audit = Schema<"AuditLine">;

/** The line of life, first to last. */
export function life(one: Case, audit: Audit[], names: Taxonomy): HTMLElement {
  const lines = [...steps(one, names), ...feedback(one, names), ...supervisions(one), ...undone(audit, names)]
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return el("ol", { class: "life" }, lines.map((line, at) => el("li", { class: line.tone ?? null },
    el("time", { datetime: line.at }, moment(line.at)),
    el("div", {}, el("p", { class: "life-what" }, line.what, line.actor && el("small", {}, line.actor)),
      line.more && el("p", { class: "life-more" }, line.more),
      at > 0 && gap(lines[at - 1]!.at, line.at)))));
}

const gap = (before: string, at: string): Child => {
  const ms = Date.parse(at) - Date.parse(before);
  return ms >= 3_600_000 && el("small", { class: "life-gap" }, `隔 ${duration(ms)}`);
};

function steps(one: Case, names: Taxonomy): Line[] {
  return (one.steps ?? []).map((step, at, all) => {
    const earlier = all.slice(0, at).findLast((before) => before.status === "dispatched");
    const again = step.status === "dispatched" && earlier;
    const what = again ? (earlier.unit === step.unit ? "再派" : "改派") : DEEDS[step.status] ?? step.status;
    const tone: Tone | undefined = step.status.startsWith("return") || step.status === "reopened" ? "warn" : step.status === "closed" ? "good" : undefined;
    const more = [
      step.reason && REASONS[step.reason], step.satisfied && SATISFIED[step.satisfied],
      step.resolved != null && (step.resolved ? "诉求人说已解决" : "诉求人说未解决"), step.note,
      step.due_at && `${step.status === "dispatched" ? "签收" : "答复"}期限 ${moment(step.due_at)}`,
    ].filter(Boolean).join(" · ");
    return { at: step.at, what: [el("b", {}, what), step.unit && ` ${names.name(step.unit)}`, late(step, at === 0 ? undefined : all[at - 1]) && chip("逾期", "bad")], more, actor: step.actor ?? null, ...(tone ? { tone } : {}) };
  });
}

/** Whether a unit signed or answered after the deadline that stood then. */
function late(step: Schema<"Step">, before: Schema<"Step"> | undefined): boolean {
  const owed = step.status === "signed" || step.status === "replied";
  return owed && Boolean(before?.due_at) && Date.parse(step.at) > Date.parse(before!.due_at!);
}

function feedback(one: Case, names: Taxonomy): Line[] {
  return (one.feedback ?? []).map((said) => ({
    at: said.at, actor: said.actor ?? null, tone: "tell",
    what: [el("b", {}, `反馈：${OUTCOMES[said.outcome] ?? said.outcome}`), said.settled && chip("已审定", "good")],
    more: [said.reason_code && REASONS[said.reason_code], said.final_unit && `单位 ${names.name(said.final_unit)}`,
      said.final_category && `分类 ${names.name(said.final_category)}`, said.note].filter(Boolean).join(" · "),
  }));
}

function supervisions(one: Case): Line[] {
  return (one.supervisions ?? []).flatMap((order) => [
    { at: order.issued_at, what: el("b", {}, SUPERVISIONS[order.kind] ?? order.kind), actor: order.issuer, tone: "bad" as Tone,
      more: [`限 ${moment(order.due_at)}`, order.note].filter(Boolean).join(" · ") },
    ...(order.lifted_at ? [{ at: order.lifted_at, what: el("b", {}, "督办销号"), tone: "good" as Tone }] : []),
  ]);
}

/** What was taken back stands in the audit only. */
function undone(audit: Audit[], names: Taxonomy): Line[] {
  return audit.filter((line) => line.act === "undo").map((line) => {
    const was = line.detail as { what?: string; from?: string; outcome?: string; unit?: string | null };
    const what = was.what === "step" ? DEEDS[was.from ?? ""] ?? was.from : `反馈（${OUTCOMES[was.outcome ?? ""] ?? was.outcome}）`;
    return { at: line.at, actor: ["machine", "person"].includes(line.actor) ? null : line.actor, tone: "calm" as Tone, what: el("b", {}, `撤销${what}`), more: was.unit ? names.name(was.unit) : "" };
  });
}
