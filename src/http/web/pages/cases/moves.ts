// What may be done with a case now: changes of status, supervision, each with the fields it needs.

import { post, type Schema, type Taxonomy } from "../../base/api.ts";
import { dialog } from "../../base/dialog.ts";
import { type Child, el, icon } from "../../base/dom.ts";
import { moment } from "../../base/format.ts";
import { notice, words } from "../../base/notice.ts";
import { chip } from "../../base/text.ts";
import { pick, type Pick } from "../desk/pick.ts";
import { type Case, DEEDS, left, REASONS, SATISFIED, SUPERVISIONS } from "./words.ts";

const UNDOABLE = ["dispatched", "returned", "declined"];
const ACTORS: Record<string, string> = { dispatched: "派单员", returned: "派单员", declined: "派单员", closed: "派单员", followed_up: "回访员", reopened: "回访员" };

type Changed = () => void;

/** A button for each status the case may take now. */
export function moves(one: Case, names: Taxonomy, changed: Changed): HTMLElement | null {
  const next = one.next ?? [];
  if (next.length === 0) return null;
  return el("div", { class: "moves no-print", role: "group", "aria-label": "办理" },
    next.map((status) => el("button", { type: "button", class: "quiet", onclick: () => openMove(one, status, names, changed) }, deed(one, status))));
}

function deed(one: Case, status: string): string {
  if (status === "dispatched" && one.status === "return_requested") return "驳回或改派";
  return status === "dispatched" && one.status !== "accepted" ? "改派" : DEEDS[status] ?? status;
}

function openMove(one: Case, status: Schema<"Status">, names: Taxonomy, changed: Changed): void {
  const unit = status === "dispatched" ? pick("派往", names.departments.map(({ code, name, aliases }) => ({ code, name, words: aliases })),
    { value: one.status === "accepted" ? one.unit?.code ?? null : null }) : null;
  const needsReason = ["return_requested", "returned", "declined", "suspended", "extended"].includes(status);
  const reason = needsReason ? choice("原因", "move-reason", Object.entries(REASONS)) : null;
  const satisfied = status === "followed_up" ? choice("评价", "move-satisfied", Object.entries(SATISFIED)) : null;
  const resolved = status === "followed_up" ? choice("诉求人是否认为已解决", "move-resolved", [["", "没有问到"], ["true", "已解决"], ["false", "未解决"]]) : null;
  const due = status === "extended" || status === "reopened" ? when(status === "extended" ? "新期限" : "期限（可留空）", "move-due") : null;
  const note = line("说明（可留空）", "move-note");
  form(deed(one, status), [unit?.node, reason?.node, satisfied?.node, resolved?.node, due?.node, note.node], unit?.input, async () => {
    const at = await post<Case>(`/v1/complaints/${one.id}/status`, {
      status, unit: unitGiven(unit), reason: reason?.value(), satisfied: satisfied?.value(),
      resolved: resolved?.value() ? resolved.value() === "true" : undefined, due_at: due?.value(), note: note.value(), actor: ACTORS[status] ?? "承办单位",
    }).then((after) => after.steps?.at(-1)?.at);
    const undo = async (): Promise<void> => { await post(`/v1/complaints/${one.id}/status:undo`, { at, actor: "派单员" }); changed(); };
    notice(`${deed(one, status)}：已办`, at && UNDOABLE.includes(status) ? { undo } : {});
    changed();
  });
}

function unitGiven(unit: Pick | null): string | undefined {
  if (!unit) return undefined;
  const code = unit.value();
  if (!code) throw new Error("请选择派往的单位");
  return code;
}

/** Supervisions that stand, and a button for another. */
export function supervision(one: Case, changed: Changed): Child {
  const open = (one.supervisions ?? []).filter((order) => !order.lifted_at);
  const over = one.status === "closed" || one.status === "declined";
  if (open.length === 0 && over) return null;
  return el("section", { class: "card" }, el("h2", {}, "督办"),
    open.length > 0 && el("ul", { class: "orders" }, open.map((order) => {
      const due = left(order.due_at);
      return el("li", {}, el("b", {}, SUPERVISIONS[order.kind] ?? order.kind), el("span", {}, order.issuer), el("span", {}, `限 ${moment(order.due_at)}`),
        due && chip(due.text, due.tone), el("button", { type: "button", class: "quiet no-print", onclick: () => void lift(one, order.id, changed) }, "销号"));
    })),
    !over && el("p", { class: "no-print" }, el("button", { type: "button", class: "quiet", onclick: () => openSupervision(one, changed) }, icon("add"), "督办")));
}

function openSupervision(one: Case, changed: Changed): void {
  const kind = choice("方式", "order-kind", Object.entries(SUPERVISIONS));
  const issuer = line("交办部门", "order-issuer", "热线督办岗");
  const due = when("期限", "order-due", 3);
  const note = line("说明（可留空）", "order-note");
  form("督办", [kind.node, issuer.node, due.node, note.node], kind.field, async () => {
    await post(`/v1/complaints/${one.id}/supervisions`, { kind: kind.value(), issuer: issuer.value(), due_at: due.value(), note: note.value(), actor: "督办员" });
    notice("已督办");
    changed();
  });
}

async function lift(one: Case, order: string, changed: Changed): Promise<void> {
  try {
    await post(`/v1/complaints/${one.id}/supervisions/${order}/lift`, { actor: "督办员" });
    notice("已销号");
    changed();
  } catch (error) {
    notice(words(error), { tone: "bad" });
  }
}

// ── small forms ────────────────────────────────────────────────────────────────────────────────────────────────────

type Field = { node: HTMLElement; field: HTMLInputElement | HTMLSelectElement; value: () => string | undefined };

const labelled = (label: string, field: HTMLInputElement | HTMLSelectElement): HTMLElement =>
  el("div", { class: "pick" }, el("label", { for: field.id }, label), field);

function choice(label: string, id: string, options: [string, string][]): Field {
  const field = el("select", { id }, options.map(([value, name]) => el("option", { value }, name)));
  return { node: labelled(label, field), field, value: () => field.value || undefined };
}

function line(label: string, id: string, value = ""): Field {
  const field = el("input", { type: "text", id, autocomplete: "off", maxlength: 200, value });
  return { node: labelled(label, field), field, value: () => field.value.trim() || undefined };
}

/** A day and time here; the API wants the offset with it. */
function when(label: string, id: string, days?: number): Field {
  const at = days === undefined ? null : new Date(Date.now() + days * 86_400_000);
  at?.setHours(18, 0, 0, 0);
  const local = at ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : "";
  const field = el("input", { type: "datetime-local", id, value: local });
  return { node: labelled(label, field), field, value: () => (field.value ? new Date(field.value).toISOString() : undefined) };
}

/** A form in a dialog; what the service refuses is said in it. */
function form(title: string, fields: Child[], first: HTMLElement | undefined, send: () => Promise<void>): void {
  const wrong = el("p", { class: "wrong", role: "alert" });
  const go = el("button", { type: "submit", class: "main" }, title);
  const body = el("form", { class: "stack" }, fields, wrong,
    el("p", { class: "dialog-foot" }, el("button", { type: "button", class: "quiet", onclick: () => close() }, "取消"), go));
  body.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    wrong.textContent = "";
    try {
      await send();
      close();
    } catch (error) {
      wrong.textContent = words(error);
      go.disabled = false;
    }
  });
  const { close } = dialog({ title, body });
  (first ?? body.querySelector<HTMLElement>("input, select"))?.focus();
}
