// A text pasted: its suggestion without keeping anything, and 登记 for who wants to keep it.

import { post, type Schema, type Taxonomy } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { count, duration } from "../../base/format.ts";
import { failure, notice, words } from "../../base/notice.ts";
import { card } from "../../base/text.ts";
import { duplicates, similar } from "../cases/alike.ts";
import { units } from "../cases/route.ts";
import { categories, elements, matters, questions, told } from "../cases/told.ts";
import type { Suggestion } from "../cases/words.ts";
import { banner } from "./decision.ts";

const LONGEST = 10_000;
const CHANNELS = ["", "电话", "微信小程序", "网站留言", "APP", "短信", "来信来访"];
/** Held while the page stays, so that looking at a case in between loses nothing. */
let held = "";

export type Paste = { node: HTMLElement; side: HTMLElement; focus: () => void };

/** The form in the middle and the answer beside it. `kept` hears of the case that was made. */
export function paste(names: Taxonomy, kept: (id: string) => void): Paste {
  const area = el("textarea", { id: "paste-text", rows: 8, spellcheck: "false", autocomplete: "off", placeholder: "粘贴一段诉求……", "aria-describedby": "paste-count paste-note" });
  area.value = held;
  const counted = el("span", { id: "paste-count", class: "note" });
  const go = el("button", { type: "submit", class: "main" }, "给出建议", el("kbd", {}, "Ctrl"), el("kbd", {}, "Enter"));
  const samples = el("ul", { class: "samples", "aria-label": "试一试" });
  const form = el("form", { class: "card paste" },
    el("h2", { id: "case-title", tabindex: "-1" }, "粘贴诉求"),
    el("label", { for: area.id, class: "hidden" }, "诉求内容"), area,
    el("p", { class: "row" }, go, counted),
    el("p", { id: "paste-note", class: "note" }, "只在本机计算，不保存；姓名、电话、证件号、门牌等先脱敏再分析。要保存请点“登记为案件”。"),
    samples);
  const answer = el("div", { class: "stack", "aria-live": "polite" });
  const side = el("div", { class: "decide" }, el("p", { class: "note" }, "给出建议后，这里显示归口单位、理由与依据。"));
  const node = el("div", { class: "stack" }, form, answer);
  let turn = 0;

  function tally(): void {
    held = area.value;
    const length = Array.from(area.value).length;
    counted.textContent = `${count(length)} / ${count(LONGEST)} 字`;
    counted.classList.toggle("over", length > LONGEST);
  }

  async function suggest(): Promise<void> {
    const text = area.value;
    const mine = (turn += 1);
    if (text.trim() === "") return area.focus();
    go.disabled = true;
    answer.setAttribute("aria-busy", "true");
    try {
      const said = await post<Suggestion>("/v1/suggestions", { text, top_k: 5, explain: true });
      if (mine !== turn) return;
      replace(answer, card("诉求内容", told(text, said)), questions(said), matters(text, said), categories(said),
        duplicates(text, null, said.duplicates, () => undefined), similar(said), elements(said, names),
        el("p", { class: "note" }, `模型 ${said.versions.model} · 分类 ${said.versions.taxonomy} · 规则 ${said.versions.rules} · 用时 ${duration(said.latency_ms)}`));
      replace(side, banner(said), register(text, kept),
        el("section", { class: "decide-units" }, el("h3", {}, "归口单位"), units(said, said)));
    } catch (error) {
      if (mine === turn) replace(answer, failure(error, () => void suggest()));
    } finally {
      if (mine === turn) {
        go.disabled = false;
        answer.removeAttribute("aria-busy");
      }
    }
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); void suggest(); });
  area.addEventListener("input", tally);
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void suggest();
  });
  tally();
  void offer(samples, (text) => { area.value = text; tally(); void suggest(); });
  return { node, side, focus: () => area.focus() };
}

/** Keeping the text as a case. */
function register(text: string, kept: (id: string) => void): HTMLElement {
  const channel = el("select", { id: "register-channel" }, CHANNELS.map((name) => el("option", { value: name }, name || "未注明")));
  const reference = el("input", { type: "text", id: "register-reference", autocomplete: "off", maxlength: 64, placeholder: "可留空" });
  const go = el("button", { type: "submit", class: "main" }, icon("add"), "登记为案件");
  const form = el("form", { class: "decide-card no-print", "aria-label": "登记" },
    el("div", { class: "fields" },
      el("div", { class: "pick" }, el("label", { for: channel.id }, "渠道"), channel),
      el("div", { class: "pick" }, el("label", { for: reference.id }, "工单编号"), reference)),
    el("p", { class: "row" }, go, el("span", { class: "note" }, "保存脱敏后的文字，进入待派")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      const body = { text, channel: channel.value || undefined, reference: reference.value.trim() || undefined, top_k: 5, explain: true };
      const { id } = await post<Schema<"KeptCase">>("/v1/complaints", body, { "Idempotency-Key": crypto.randomUUID() });
      held = "";
      notice("已登记，进入待派");
      kept(id);
    } catch (error) {
      notice(words(error), { tone: "bad" });
      go.disabled = false;
    }
  });
  return form;
}

type Sample = { name: string; text: string; demo: boolean };

async function offer(list: HTMLElement, take: (text: string) => void): Promise<void> {
  try {
    const all = await (await fetch("/assets/samples.json")).json() as Sample[];
    replace(list, all.slice(0, 12).map((sample) => el("li", {},
      el("button", { type: "button", class: "quiet", onclick: () => take(sample.text) }, sample.name))));
  } catch {
    // Without samples the field still takes any text.
  }
}
