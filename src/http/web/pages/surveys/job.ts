// Long work: how far it is, and what came of it. The job lives in the address, so that a reload finds it again.

import { get, post, send } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { count } from "../../base/format.ts";
import { failure, notice, words as said } from "../../base/notice.ts";
import { go, state } from "../../base/state.ts";
import type { Job } from "./data.ts";

const OFTEN_MS = 1000;

/** Sends the work off and puts it into the address. */
export async function begin(path: string, body: unknown): Promise<void> {
  const job = await post<Job>(path, body);
  go({ job: job.id }, "replace");
}

/** Follows the job until it ends: `done` is called when it did its work, with what is to be told of it; `back` leaves a failed one. */
export function jobCard(id: string, what: string, done: (told: string | null) => void, back: () => void): HTMLElement {
  let ending = false;
  const meter = el("progress", { "aria-label": what });
  const words = el("p", { class: "note", role: "status" }, "已排队……");
  const cancel = el("button", { type: "button", class: "quiet", onclick: async () => {
    cancel.disabled = true;
    try {
      await send("DELETE", `/v1/jobs/${id}`);
      ending = true;
      words.textContent = "正在取消：做完手头一步就停……";
    } catch (error) {
      cancel.disabled = false;
      notice(`没有取消：${said(error)}`, { tone: "bad" });
    }
  } }, icon("close"), "取消");
  const card = el("section", { class: "card job", "aria-label": what }, el("h2", {}, what), meter, words, cancel);
  const look = async (): Promise<void> => {
    if (!card.isConnected || state().get("job") !== id) return;
    try {
      const job = await get<Job>(`/v1/jobs/${id}`);
      if (job.state === "done") return done(job.detail ?? null);
      if (job.state !== "waiting" && job.state !== "running") return replace(card, ...failed(job, back));
      if (job.state === "running" && job.total > 0) { meter.max = job.total; meter.value = job.done; }
      if (!ending) words.textContent = job.state === "waiting" ? "已排队……" : `已处理 ${count(job.done)} / ${count(job.total)} 条；可以离开本页，回来接着看。`;
      setTimeout(() => void look(), OFTEN_MS);
    } catch (error) {
      replace(card, failure(error, () => { replace(card, meter, words, cancel); void look(); }));
    }
  };
  setTimeout(() => void look(), 100);
  return card;
}

function failed(job: Job, back: () => void): HTMLElement[] {
  const title = { failed: "没有做成", cancelled: "已取消" }[job.state as string] ?? "中断了";
  const told = job.detail ?? (job.state === "cancelled" ? "没有做完的不留下，可以重新开始。" : "服务在做完之前停止了，请重新开始。");
  return [el("div", { class: "state bad", role: "alert" }, icon("warn"), el("p", { class: "state-title" }, title), el("p", {}, told),
    el("button", { type: "button", class: "quiet", onclick: back }, icon("back"), "返回"))];
}
