// Alerts that did not reach whom they should: said at the head, with a way to send them again.
import { get, post, type Schema } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { count, moment } from "../../base/format.ts";
import { notice, words } from "../../base/notice.ts";

type Delivery = Schema<"Delivery">;

const WHY: Record<string, string> = {
  connect: "连不上", timeout: "超时没有答复", tls: "证书不对", status: "对方拒收", redirect: "对方转向别处", io: "连接中断",
  target_not_configured: "这个地址已不在设置里",
};

/** Fills `place` with what was given up or fails so far; leaves it empty when all arrived. */
export async function deliveryTrouble(place: HTMLElement): Promise<void> {
  try {
    const [dead, waiting] = await Promise.all(["dead", "waiting"].map((state) =>
      get<Schema<"DeliveryPage">>("/v1/deliveries", { state, page_size: 100 })));
    const failing = (waiting?.items ?? []).filter((one) => one.attempts > 0);
    const lost = dead?.items ?? [];
    replace(place, lost.length + failing.length > 0 && told(lost, failing, () => void deliveryTrouble(place)));
  } catch (problem) {
    replace(place, el("p", { class: "trouble" }, icon("warn"), `查不到推送情况：${words(problem)}`));
  }
}

function told(lost: Delivery[], failing: Delivery[], again: () => void): HTMLElement {
  const what = [lost.length > 0 && `${count(lost.length)} 条推送没有送达`, failing.length > 0 && `${count(failing.length)} 条还在重试`];
  return el("details", { class: "trouble" },
    el("summary", {}, icon("warn"), what.filter(Boolean).join("，"), "。预警已记在这里，但收不到推送的人不会知道。"),
    el("ul", {}, [...lost, ...failing].map((one) => el("li", {},
      el("code", {}, one.target), " ",
      `${WHY[one.error ?? ""] ?? one.error ?? "没有送达"}${one.status ? `（HTTP ${one.status}）` : ""}，已试 ${count(one.attempts)} 次`,
      one.state === "waiting" && `，${moment(one.next_at)} 再试`, " ",
      el("button", { type: "button", class: "quiet", onclick: () => void retry(one, again) }, "现在重试")))));
}

async function retry(one: Delivery, again: () => void): Promise<void> {
  try {
    await post(`/v1/deliveries/${encodeURIComponent(one.id)}:retry`);
    notice("已重新推送，几秒后看结果");
    setTimeout(again, 3000);
  } catch (problem) {
    notice(words(problem), { tone: "bad" });
  }
}
