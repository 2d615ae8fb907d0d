// What a dispatcher does with a case, and how it is taken back: the step first, so that a refusal leaves nothing behind.

import { get, post, type Schema } from "../../base/api.ts";
import type { Case, Reason, Suggestion } from "../cases/words.ts";

/** Who acts; the service keeps roles, never names. */
export const ACTOR = "派单员";

/** Something done, and how to undo it. */
export type Done = { case: Case; text: string; undo: () => Promise<void> };
export type Edit = { unit: string; category?: string | undefined; note?: string | undefined };

type Opinion = Partial<Schema<"FeedbackRequest">> & { outcome: Schema<"Outcome"> };
type Move = Partial<Schema<"StatusRequest">> & { status: Schema<"Status"> };

const path = (id: string, rest = "") => `/v1/complaints/${encodeURIComponent(id)}${rest}`;

/** Reads one case whole. */
export const read = (id: string): Promise<Case> => get<Case>(path(id));

/** Where a case waits for the dispatcher. */
export const UNDECIDED = ["accepted", "return_requested", "returned", "reopened"];
export const isUndecided = (one: Case): boolean => UNDECIDED.includes(one.status);

/** Agrees with the suggestion and dispatches accordingly; what nobody looked at is not settled, so nothing learns from it. */
export function accept(one: Case, settled = true): Promise<Done> {
  const lead = one.suggestion?.assignment[0]?.lead;
  if (!lead) throw new Error("没有可采纳的单位：请修改（E）后派单");
  const refused = one.status === "return_requested" && one.handler === lead.code;
  return act(one, { outcome: "accepted", settled }, { status: "dispatched", unit: lead.code }, `${refused ? "已驳回退单，仍由" : "已派给"} ${lead.name}`);
}

/** Dispatches to another unit, or with another category; a case sent back is reassigned. */
export function edit(one: Case, { unit, category, note }: Edit, name: string): Promise<Done> {
  const back = lastReason(one);
  const again = one.status === "return_requested" || one.status === "returned";
  const opinion: Opinion = again
    ? { outcome: "reassigned", reason_code: back ?? "duty_mismatch", final_unit: unit, final_category: category, note, settled: true }
    : { outcome: "edited", final_unit: unit, final_category: category, note, settled: true };
  return act(one, opinion, { status: "dispatched", unit, note }, `已${again ? "改派" : "派"}给 ${name}`);
}

/** Gives a case back with a reason; `close` ends it (不予受理), `approve` lets the unit be rid of it (同意退单). */
export function giveBack(one: Case, reason: Reason, note: string, how: "close" | "approve" | "keep"): Promise<Done> {
  const opinion: Opinion = { outcome: "returned", reason_code: reason, note: note || undefined };
  const move: Move | null = how === "keep" ? null : { status: how === "close" ? "declined" : "returned", reason, note: note || undefined };
  const text = how === "close" ? "已不予受理" : how === "approve" ? "已同意退单，待改派" : "已记退回，案件仍在待派";
  return act(one, opinion, move, text);
}

async function act(one: Case, opinion: Opinion, move: Move | null, text: string): Promise<Done> {
  const moved = move && (await post<Case>(path(one.id, "/status"), { ...move, actor: ACTOR }));
  const stepAt = moved?.steps?.at(-1)?.at;
  let said: Schema<"Feedback">;
  try {
    said = await post<Schema<"Feedback">>(path(one.id, "/feedback"), { ...opinion, actor: ACTOR });
  } catch (error) {
    if (stepAt) await takeBack(one.id, "status", stepAt).catch(() => {});
    throw error;
  }
  const undo = async () => {
    await takeBack(one.id, "feedback", said.at);
    if (stepAt) await takeBack(one.id, "status", stepAt);
  };
  return { case: moved ?? one, text, undo };
}

async function takeBack(id: string, what: "feedback" | "status", at: string): Promise<void> {
  await post(path(id, `/${what}:undo`), { at, actor: ACTOR });
}

/** Why it was sent back last. */
export function lastReason(one: Case): Reason | undefined {
  return one.steps?.findLast((step) => step.reason && step.status.startsWith("return"))?.reason ?? undefined;
}

/** Everything known of a case, put as a question again: for the words that speak for the suggestion, and the texts beside it. */
export function explain(one: Case): Promise<Suggestion> {
  return post<Suggestion>("/v1/suggestions", {
    text: one.text, title: one.title, channel: one.channel, reference: one.reference, received_at: one.received_at,
    occurred_at: one.occurred_at, subject_type: one.subject_type, location: one.location, explain: true, top_k: 5,
    flags: (one.suggestion?.flags ?? []).filter((flag) => flag === "info_protect"),
  });
}
