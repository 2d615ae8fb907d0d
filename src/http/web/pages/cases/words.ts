// What codes are called, for people; the catalogue knows the rest.

import type { Schema } from "../../base/api.ts";
import { chip, type Tone } from "../../base/text.ts";

/** A case; `flags` and a page's `total` came later than some contracts. */
export type Case = Schema<"Case"> & { flags?: string[] };
export type CasePage = { items: Case[]; total?: number | null; next_cursor?: string | null };
export type Suggestion = Schema<"Suggestion">;
export type Status = Schema<"Status">;
export type Reason = Schema<"ReturnReason">;

export const DECISIONS: Record<string, string> = {
  auto: "自动派单", suggest: "建议派单", manual: "人工派单", transfer_emergency: "紧急转接", redirect: "告知渠道",
};
export const STATUSES: Record<string, string> = {
  accepted: "待派单", dispatched: "已派单", signed: "已签收", handling: "办理中", replied: "已答复", followed_up: "已回访",
  closed: "已办结", return_requested: "申请退单", returned: "已退单", extended: "延期", suspended: "挂账", reopened: "重办",
  declined: "不予受理",
};
/** What is done to get there. */
export const DEEDS: Record<string, string> = {
  accepted: "受理", dispatched: "派单", signed: "签收", handling: "转为办理中", replied: "答复", followed_up: "回访", closed: "办结",
  return_requested: "申请退单", returned: "退单", extended: "延期", suspended: "挂账", reopened: "重办", declined: "不予受理",
};
export const REASONS: Record<string, string> = {
  duty_mismatch: "职责不符", area_mismatch: "属地不符", info_incomplete: "信息不全", duplicate: "重复",
  not_acceptable: "不予受理", legacy: "历史遗留", policy_changed: "政策变更",
};
export const OUTCOMES: Record<string, string> = { accepted: "采纳", edited: "修改", returned: "退回", reassigned: "改派" };
export const SATISFIED: Record<string, string> = {
  satisfied: "满意", fair: "基本满意", unsatisfied: "不满意", undeclared: "未表态",
};
export const LEVELS: Record<string, string> = {
  city: "市级", district: "区县级", street: "街道（乡镇）", utility: "公用企业", transfer: "紧急转接", redirect: "告知渠道",
};
export const UNIT_LEVELS: Record<string, string> = {
  bureau: "市直部门", utility: "公用企业", district: "区县", street: "街道（乡镇）", emergency: "紧急热线",
};
export const RELATIONS: Record<string, { name: string; tone?: Tone }> = {
  same_person_same_matter: { name: "同人同事", tone: "warn" },
  other_person_same_matter: { name: "异人同事", tone: "on" },
  related: { name: "相关" },
};
export const SUPERVISIONS: Record<string, string> = { written: "书面督办", special: "专项督办", instruction: "批示督办" };

const URGENCY_TONES: Record<string, Tone> = { urgent: "warn", critical: "bad" };
const DECISION_TONES: Record<string, Tone> = {
  auto: "good", suggest: "warn", manual: "calm", transfer_emergency: "bad", redirect: "tell",
};
const STATUS_TONES: Record<string, Tone> = {
  closed: "good", replied: "good", followed_up: "good", return_requested: "warn", returned: "warn", reopened: "warn", suspended: "calm",
};

/** 特急, 紧急; `null` for what is ordinary. */
export const urgencyChip = (urgency: { code: string; name: string }): HTMLElement | null =>
  urgency.code === "normal" ? null : chip(urgency.name, URGENCY_TONES[urgency.code]);
export const decisionChip = (decision: string): HTMLElement => chip(DECISIONS[decision] ?? decision, DECISION_TONES[decision]);
export const decisionTone = (decision: string): Tone => DECISION_TONES[decision] ?? "calm";
export const statusChip = (status: string): HTMLElement => chip(STATUSES[status] ?? status, STATUS_TONES[status]);

/** A flag as a chip; the sender's own wish for protection stands in no catalogue. */
export const flagChip = (flag: string, name: (code: string) => string): HTMLElement =>
  chip(flag === "info_protect" ? "信息保护" : name(flag), GRAVE.includes(flag) ? "bad" : "warn");
/** Flags that protect who told it, as the service keeps them. */
const PROTECTING = ["info_protect", "reporter_protect"];
const GRAVE = ["life_safety", "threat", ...PROTECTING];

/** Whether who told it must be protected: then no text is shown. */
export const isProtected = (one: Case): boolean => (one.flags ?? one.suggestion?.flags ?? []).some((flag) => PROTECTING.includes(flag));
/** Title, or the beginning of the text; what is protected says so. */
export function heading(one: Case): string {
  if (isProtected(one)) return "内容受保护";
  return one.title || one.text.replace(/\s+/g, " ");
}

/** The same as a heading: without a title, where it is and what it is about. */
export function titleOf(one: Case): string {
  if (isProtected(one)) return "内容受保护";
  return one.title || [one.community ?? one.street ?? one.district, one.category?.name].filter(Boolean).join(" · ") || "诉求";
}

/** How a deadline stands: 剩 3 小时, 超 2 天. */
export function left(due: string | null | undefined, now = Date.now()): { text: string; tone?: Tone } | null {
  if (!due) return null;
  const away = new Date(due).getTime() - now;
  const minutes = Math.abs(away) / 60_000;
  const how = minutes < 60 ? `${Math.max(1, Math.round(minutes))} 分钟` : minutes < 48 * 60 ? `${Math.floor(minutes / 60)} 小时` : `${Math.floor(minutes / 1440)} 天`;
  if (away < 0) return { text: `超 ${how}`, tone: "bad" };
  return minutes < 24 * 60 ? { text: `剩 ${how}`, tone: "warn" } : { text: `剩 ${how}` };
}

/** Whether the citizen still waits for an answer. */
export const owesAnswer = (status: string): boolean =>
  ["accepted", "dispatched", "signed", "handling", "return_requested", "returned", "reopened"].includes(status);
