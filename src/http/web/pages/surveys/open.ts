// 开放题: from nothing to proposed themes, to those a person signed, to figures by them.

import { downloadLinks, get, request, withQuery } from "../../base/api.ts";
import { confirm, dialog } from "../../base/dialog.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { fileButton } from "../../base/file.ts";
import { count } from "../../base/format.ts";
import { block, empty, failure, notice, words, working } from "../../base/notice.ts";
import { go, onState, state } from "../../base/state.ts";
import { ACTOR, type FrameBody, type Whole, questions } from "./data.ts";
import { frameEditor } from "./frame.ts";
import { begin, jobCard } from "./job.ts";
import { themeFigures } from "./themes.ts";

const FEWEST = 20;

/** Draws the tab; `told` hears of each frame that was read. */
export function openTab(one: Whole, told: (frame: FrameBody) => void): HTMLElement {
  if (one.open_questions === 0) return empty("这次调查没有开放题");
  const place = el("div", { class: "stack" });
  let shown = "";
  const draw = (): void => {
    const now = state();
    if (now.get("tab") !== "open" || now.get("id") !== one.id) return;
    const wanted = [now.get("job"), now.get("view")].join("|");
    if (wanted === shown && place.childElementCount > 0) return;
    shown = wanted;
    load();
  };
  const load = (): void => {
    replace(place);
    const job = state().get("job");
    if (job) {
      replace(place, jobCard(job, "正在处理开放题答案", (said) => { notice(said ?? "已完成"); go({ job: null, view: null }, "replace"); if (!state().has("job")) load(); }, () => go({ job: null }, "replace")));
      return;
    }
    void working(place, async () => {
      const [frame, now] = await Promise.all([get<FrameBody | null>(`/v1/surveys/${one.id}/themes`), get<Whole>(`/v1/surveys/${one.id}`)]);
      one.unmapped = now.unmapped;
      if (frame) {
        told(frame);
        one.themes = frame.state;
      }
      replace(place, frame ? standing(one, frame, told, load) : proposal(one, load));
    }, [block(500)]);
  };
  onState(draw);
  draw();
  return place;
}

/** Nothing was proposed yet. */
function proposal(one: Whole, again: () => void): HTMLElement {
  if (one.open_answers < FEWEST) {
    return empty(`开放题答案只有 ${count(one.open_answers)} 条`, el("p", {}, `少于 ${FEWEST} 条不必归纳，请逐条阅读。`),
      el("p", {}, questions(one.survey).filter(({ kind }) => kind === "open").map(({ id, text }) => el("a", { href: `/surveys?id=${one.id}&tab=open&a_question=${id}` }, `${id} ${text} `))));
  }
  return empty(`开放题答案 ${count(one.open_answers)} 条，还没有归纳`,
    el("p", {}, "程序读完全部答案，提出两级主题；您改名、合并、拆开，确认几条典型答案，签认之后才逐条归类、计数。"),
    el("p", { class: "row" }, starter(one, "归纳主题", "main", null), upload(one, again)));
}

/** Sends the proposing off; `given_up` is the frame that somebody worked on and that this throws away. */
function starter(one: Whole, words_: string, look: string, given_up: FrameBody | null): HTMLElement {
  const button = el("button", { type: "button", class: look, onclick: async () => {
    const sure = given_up === null || (await confirm({ title: "放弃现有主题表，重新归纳？", yes: "重新归纳", danger: true, body: lost(one, given_up) }));
    if (!sure) return;
    button.disabled = true;
    try {
      await begin(`/v1/surveys/${one.id}/themes:propose`, { version: given_up?.version, actor: ACTOR });
    } catch (error) {
      button.disabled = false;
      notice(words(error), { tone: "bad" });
    }
  } }, icon("merge"), words_);
  return button;
}

/** What proposing anew gives up. */
function lost(one: Whole, { version, state: stands, frame }: FrameBody): Child {
  const confirmed = frame.confirmed?.length ?? 0;
  return [
    el("p", {}, `第 ${version} 版主题表的名称和界线都不再用${confirmed > 0 ? `，确认过的 ${count(confirmed)} 条答案也要重新确认` : ""}；以前各版仍可查。`),
    stands === "signed" && el("p", { class: "warn-text" }, "它已经签认：重新签认以前，结果和报告仍按它。只想为新的答案补充主题，请取消，用“补充新主题”或“增加主题”。"),
    el("p", { class: "row" }, "可以先留一份：", themesFile(one)),
  ];
}

const themesFile = (one: Whole): HTMLElement => el("span", { class: "with-name" }, "主题表 themes.toml", downloadLinks(`/v1/surveys/${one.id}/themes`, {}, ["toml"]));

/** Takes the themes from a file, as the command line writes it. */
function upload(one: Whole, again: () => void): HTMLElement {
  return fileButton([icon("table"), "用 themes.toml"], ".toml", async (file) => {
    try {
      const path = withQuery(`/v1/surveys/${one.id}/themes`, { actor: ACTOR });
      const answer = await request(path, { method: "PUT", headers: { "Content-Type": "application/toml" }, body: await file.text() });
      const { version } = await answer.json() as FrameBody;
      again();
      notice(`主题表已按 ${file.name} 改为第 ${version} 版：请看过再签认`);
    } catch (error) {
      void dialog({ title: `没有采用 ${file.name}`, body: failure(error) });
    }
  });
}

/** A frame stands: its figures when it was signed, its editor else. */
function standing(one: Whole, frame: FrameBody, told: (frame: FrameBody) => void, again: () => void): Child {
  const signed = frame.log.some((line) => line.state === "signed");
  const view = state().get("view") ?? (frame.state === "signed" ? "figures" : "frame");
  const choice = (name: string, words_: string, off = false): HTMLElement =>
    el("button", { type: "button", "aria-pressed": String(view === name), disabled: off, onclick: () => go({ view: name }) }, words_);
  return [
    el("div", { class: "row no-print" },
      el("div", { class: "switch", role: "group", "aria-label": "开放题" }, choice("figures", "结果", !signed), choice("frame", "主题表和签认")),
      !signed && el("p", { class: "note" }, "签认之后才有结果。"),
      signed && frame.state !== "signed" && el("p", { class: "warn-text" }, "主题表在签认之后改过：结果仍按上次签认的，请重新签认。"),
      one.unmapped > 0 && el("p", { class: "warn-text" }, `签认之后补充了 ${count(one.unmapped)} 条答案，结果还不含它们：请重新签认，或先补充新主题。`),
      el("span", { class: "push row" }, view === "frame" && [themesFile(one), upload(one, again)], view === "frame" && frame.state === "signed" && one.unmapped > 0 && starter(one, "补充新主题", "quiet", null),
        view === "frame" && starter(one, "重新归纳", "quiet", frame.state === "proposed" ? null : frame))),
    view === "figures" && signed ? themeFigures(one) : frameEditor(one, frame, told),
  ];
}
