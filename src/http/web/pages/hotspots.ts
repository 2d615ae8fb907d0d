// 热点: what needs attention now, what is hot and why, what changes, where, and in which words.
import { el, icon, replace } from "../base/dom.ts";
import { filterBar } from "../base/filters.ts";
import { go, onState } from "../base/state.ts";
import { heading, tabs } from "../base/text.ts";
import { attention } from "./hotspots/alerts.ts";
import { compare } from "./hotspots/compare.ts";
import { choice, refresh } from "./hotspots/controls.ts";
import { asOf, FIELDS, SPANS, stamp } from "./hotspots/look.ts";
import { map } from "./hotspots/map.ts";
import { onPaper } from "./hotspots/paper.ts";
import { ranking } from "./hotspots/ranking.ts";
import { spread } from "./hotspots/spread.ts";
import { trend } from "./hotspots/trend.ts";
import { words } from "./hotspots/words.ts";

export const title = "热点";

/** Draws the page. */
export async function show(root: HTMLElement): Promise<void> {
  replace(root,
    heading(title, el("p", { class: "soft" }, "现在要看什么，什么热、为什么，什么在变。每个数字都连到它的案件。")),
    onPaper(),
    attention(),
    el("section", { class: "look no-print", "aria-label": "看哪些" }, when(), filterBar({ fields: [...FIELDS], presets: false })),
    tabs("热点的几种看法", [
      { key: "rank", name: "排行", body: once(ranking) },
      { key: "trend", name: "趋势", body: once(trend) },
      { key: "spread", name: "分布", body: once(spread) },
      { key: "compare", name: "对比", body: once(compare) },
      { key: "words", name: "新词", body: once(words) },
      { key: "map", name: "地图", body: once(map) },
    ]));
}

/** Built when first looked at, kept for the next time; regions look themselves whether they are still right. */
function once(build: () => HTMLElement | Promise<HTMLElement>): () => Promise<HTMLElement> {
  let built: Promise<HTMLElement> | null = null;
  return async () => {
    built ??= Promise.resolve(build());
    built.catch(() => { built = null; });
    const body = await built;
    refresh();
    return body;
  };
}

/** How many days, as of when. */
function when(): HTMLElement {
  const at = el("input", { type: "datetime-local", id: "as-of", "aria-describedby": "as-of-said" });
  const said = el("span", { id: "as-of-said", class: "soft", role: "status" });
  const now = el("button", { type: "button", class: "quiet", onclick: () => go({ as_of: null, open: null }) }, icon("refresh"), "回到现在");
  // The field knows no zone; the hotline's is meant, wherever this machine stands.
  at.addEventListener("change", () => go({ as_of: at.value ? `${at.value}:00+08:00` : null, open: null }));
  const follow = () => {
    const asked = asOf();
    at.value = asked ? stamp(Date.parse(asked)).slice(0, 16) : "";
    now.hidden = !asked;
    said.textContent = asked ? "当时所知" : "现在";
  };
  follow();
  onState(follow);
  const days = choice("看最近", "days", Object.fromEntries(SPANS), "7");
  return el("div", { class: "when" }, days, el("span", { class: "choice" }, el("label", { for: "as-of" }, "截至"), at), said, now);
}

