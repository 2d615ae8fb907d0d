// One survey: overview, closed questions, open questions, the report.

import { get, send } from "../../base/api.ts";
import { confirm } from "../../base/dialog.ts";
import { el, icon, replace } from "../../base/dom.ts";
import { count } from "../../base/format.ts";
import { block, notice, words, working } from "../../base/notice.ts";
import { chip, heading, tabs } from "../../base/text.ts";
import { followAnswers } from "./behind.ts";
import { closedTab } from "./closed.ts";
import { ACTOR, type FrameBody, type Whole } from "./data.ts";
import { stateChip } from "./list.ts";
import { openTab } from "./open.ts";
import { overview } from "./overview.ts";
import { reportTab } from "./report.ts";

/** Draws one survey. */
export function showOne(root: HTMLElement, id: string): void {
  void working(root, async () => {
    const one = await get<Whole>(`/v1/surveys/${id}`);
    document.title = `${one.survey.title} · 归口`;
    const names = new Map<string, string>();
    const themes = el("span", {}, one.open_questions > 0 && stateChip(one.themes));
    const told = (frame: FrameBody): void => {
      named(names, frame);
      replace(themes, stateChip(frame.state));
    };
    const top = el("div", {}, head(one, themes));
    replace(root, top, tabs(one.survey.title, [
      { key: "overview", name: "概况", body: () => overview(one, () => replace(top, head(one, themes))) },
      { key: "closed", name: `封闭题（${one.closed_questions}）`, body: () => closedTab(one) },
      { key: "open", name: `开放题（${one.open_questions}）`, body: () => openTab(one, told) },
      { key: "report", name: "报告", body: () => reportTab(one) },
    ]));
    const frame = one.themes ? await get<FrameBody | null>(`/v1/surveys/${id}/themes`).catch(() => null) : null;
    if (frame) named(names, frame);
    followAnswers(id, () => (code) => names.get(code) ?? code);
  }, [block(120), block(400)]);
}

/** Keeps what the codes of a frame are called. */
function named(names: Map<string, string>, { frame }: FrameBody): void {
  for (const theme of frame.theme ?? []) {
    names.set(theme.code, theme.name);
    for (const sub of theme.sub ?? []) names.set(sub.code, sub.name);
  }
}

function head(one: Whole, themes: HTMLElement): HTMLElement {
  return el("div", { class: "stack survey-head" },
    el("a", { href: "/surveys", class: "back no-print" }, icon("back"), "各次调查"),
    heading(one.survey.title, chip(`${count(one.respondents)} 份答卷`), themes,
      el("button", { type: "button", class: "bare push no-print", onclick: () => void remove(one) }, icon("close"), "删除")),
    el("p", { class: "note" }, [one.survey.organiser, one.survey.period, one.survey.mode, one.sampling].filter(Boolean).join(" · ")));
}

async function remove(one: Whole): Promise<void> {
  const sure = await confirm({ title: "删除这次调查？", body: `“${one.survey.title}”的答卷、主题表和全部修改都会删除，不能恢复；审计留有记录。`, yes: "删除", danger: true });
  if (!sure) return;
  try {
    await send("DELETE", `/v1/surveys/${one.id}?actor=${encodeURIComponent(ACTOR)}`);
    location.assign("/surveys");
  } catch (error) {
    notice(words(error), { tone: "bad" });
  }
}
