// The side note of a figure: what was asked, where in the answer it stands, the cases behind it, and asking again.

import { casesLink } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { moment } from "../../base/format.ts";
import { failure, notice } from "../../base/notice.ts";
import { type Verdict, askAgain, sourceOf } from "./again.ts";
import type { Figure, PaperDocument } from "./document.ts";
import { formName } from "./figure.ts";

/** The note of one figure. */
export function citation(document: PaperDocument, figure: Figure, close: () => void): HTMLElement {
  const source = sourceOf(document, figure);
  const outcome = el("div", { class: "cite-outcome", role: "status" });
  const button = el("button", { type: "button", class: "quiet", onclick: () => void again() }, icon("refresh"), "再问一次");
  async function again(): Promise<void> {
    button.disabled = true;
    replace(outcome, el("p", { class: "note" }, "正在查询……"));
    try {
      replace(outcome, told(await askAgain(document, figure)));
    } catch (error) {
      replace(outcome, failure(error));
    } finally {
      button.disabled = false;
    }
  }
  const lead = figure.link ?? (document.edition === "internal" ? source?.link : null);
  return el("section", { class: "card cite", "aria-label": "数字的出处" },
    el("header", { class: "cite-head" }, el("h2", {}, "出处"), el("button", { type: "button", class: "bare", "aria-label": "关闭出处", onclick: close }, icon("close"))),
    el("p", { class: "cite-shown" }, figure.shown),
    el("dl", { class: "cite-facts" },
      row("来源", `[${figure.source}] ${source?.name ?? "—"}`),
      row("写法", formName(figure.form)),
      source && row("查询", el("code", {}, decoded(source.query))),
      row("答案中的位置", figure.pointers.map((pointer) => el("code", {}, pointer)))),
    el("div", { class: "row" },
      lead && behind(lead),
      button,
      source && el("button", { type: "button", class: "bare", title: "复制查询", onclick: () => copy(source.query) }, icon("copy"), "复制查询")),
    document.edition === "public" && el("p", { class: "note" }, "公开版不带案件链接。"),
    outcome);
}

/** The records behind a figure: cases, or the answers of a survey. */
function behind(link: string): HTMLElement {
  const survey = /^\/v1\/surveys\/([^/]+)\/answers(\?.*)?$/.exec(link);
  if (!survey) return casesLink(link, ["查看背后的案件"]);
  const asked = new URLSearchParams(survey[2] ?? "");
  if (asked.size === 0) return el("a", { href: `/surveys?id=${survey[1]}`, class: "cases" }, "到各题的答卷");
  const open = asked.has("theme") || asked.has("sentiment");
  const kept = Object.fromEntries([...asked].map(([name, value]) => [`a_${name}`, value]));
  const query = new URLSearchParams({ id: survey[1]!, tab: open ? "open" : "closed", ...kept });
  return el("a", { href: `/surveys?${query}`, class: "cases" }, "查看背后的答卷");
}

const row = (name: string, value: Child): Child[] => [el("dt", {}, name), el("dd", {}, value)];

function decoded(query: string): string {
  try { return decodeURIComponent(query); } catch { return query; }
}

async function copy(query: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(new URL(query, location.origin).href);
    notice("查询地址已复制");
  } catch {
    notice("浏览器不允许复制，请在“查询”处选中后复制。", { tone: "warn" });
  }
}

function told({ figure, now, same }: Verdict): Child {
  const when = moment(new Date());
  if (now === null) return el("p", { class: "cite-told warn" }, icon("warn"), "这种写法页面不认识，请到查询的答案里核对。");
  if (same) return el("p", { class: "cite-told good" }, icon("check"), `${when} 再问，仍是 ${figure.shown}。`);
  return el("p", { class: "cite-told bad" }, icon("warn"), `${when} 再问，得 ${now}，文中是 ${figure.shown}：成文之后数据有变，请重新生成。`);
}
