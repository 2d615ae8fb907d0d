// The words of this page for what the API names in English, and how cases are called.
import type { Schema } from "../../base/api.ts";

export type Group = Schema<"Issue">;
export type GroupBody = Schema<"IssueBody">;
export type Telling = Schema<"Telling">;
export type Act = Schema<"Act">;

/** What a machine gives as its reason, or a person. */
export type Reason = { kind?: string; cases?: string[]; probability?: number; text?: string; note?: string | null };

const ACTS: Record<Act["kind"], string> = {
  found: "建组", join: "入组", merge: "并组", split: "拆分", leave: "移出", undo: "撤销",
};
export const actName = (kind: Act["kind"]): string => ACTS[kind];

const STATES: Record<Telling["status"], string> = {
  accepted: "受理", dispatched: "派单", signed: "签收", handling: "办理", replied: "答复", followed_up: "回访", closed: "办结",
  return_requested: "退单申请", returned: "已退单", extended: "延期", suspended: "挂账", reopened: "重办", declined: "不予受理",
};
export const stateName = (status: Telling["status"]): string => STATES[status];

/** Where a case stands, in the four steps a group is judged by. */
export type Stage = "open" | "late" | "answered" | "closed";
export const STAGES: Record<Stage, string> = { late: "超期未答", open: "在办", answered: "已答复", closed: "办结" };

/** The stage of a case; `late` is known from its deadline. */
export function stage(status: Telling["status"], due: string | null | undefined, now = Date.now()): Stage {
  if (status === "closed" || status === "declined") return "closed";
  if (status === "replied" || status === "followed_up") return "answered";
  return due && status !== "suspended" && new Date(due).getTime() < now ? "late" : "open";
}

/** What a case is called: the sender's own number, or the end of ours. */
export const caseName = (telling: Pick<Telling, "reference" | "case">): string => telling.reference ?? shortId(telling.case);
export const shortId = (id: string): string => `…${id.slice(-6)}`;

/** Who did it, in words. */
export function doer(act: Act): { name: string; machine: boolean } {
  if (act.actor === null || act.actor === undefined) return { name: "系统", machine: true };
  return { name: act.actor === "person" ? "人工" : act.actor, machine: false };
}

/** Whether an act can still be taken back. */
export const undoable = (act: Act): boolean => act.kind !== "undo" && (act.undone_by ?? null) === null;
