// The frame of themes in the hands of a person: every step is sent at once, and can be taken back.

import { Problem, get, send } from "../../base/api.ts";
import { confirm } from "../../base/dialog.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { count, moment } from "../../base/format.ts";
import { failure, notice } from "../../base/notice.ts";
import { onState, state } from "../../base/state.ts";
import { card, chip } from "../../base/text.ts";
import { WANTED, wanting } from "./confirmed.ts";
import { ACTOR, type Frame, type FrameBody, type Step, STATES, type Whole, isTheme } from "./data.ts";
import { begin } from "./job.ts";
import { logCard } from "./log.ts";
import { addDialog } from "./steps.ts";
import { themeTree } from "./tree.ts";
import { typicalCard } from "./typical.ts";

/** What the parts of the editor share. */
export type Desk = {
  one: Whole;
  now: () => FrameBody;
  /** Does steps, all or none; `said` is the notice, with 撤销. */
  act: (steps: Step[], said: string) => Promise<boolean>;
  name: (code: string) => string;
  /** Puts the focus back to the theme it was on, after a dialog. */
  refocus: () => void;
};

/** Draws the editor. */
export function frameEditor(one: Whole, first: FrameBody, told: (frame: FrameBody) => void): HTMLElement {
  let now = first;
  const place = el("div", { class: "stack frame-editor" });
  const problem = el("div", { role: "status" });

  const put = async (change: { steps?: Step[]; frame?: Frame }): Promise<void> => {
    now = await send<FrameBody>("PUT", `/v1/surveys/${one.id}/themes`, { version: now.version, actor: ACTOR, ...change });
    told(now);
    replace(problem);
    draw();
  };
  const act = async (steps: Step[], said: string): Promise<boolean> => {
    const before = now.frame;
    try {
      await put({ steps });
      notice(said, { undo: () => put({ frame: before }) });
      return true;
    } catch (error) {
      replace(problem, failure(error));
      // Somebody else changed it: what stands now is shown, and the step can be done again.
      if (error instanceof Problem && error.status === 409) {
        now = await get<FrameBody>(`/v1/surveys/${one.id}/themes`);
        told(now);
        draw();
      }
      return false;
    }
  };
  const name = (code: string): string => named(now.frame, code);
  // A step draws the list anew: the theme that had the focus is found again by its code.
  let held: string | undefined;
  place.addEventListener("focusin", (event) => { held = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-code]")?.dataset.code : undefined; });
  const refocus = (): void => { if (held) place.querySelector<HTMLElement>(`[data-code="${CSS.escape(held)}"]`)?.focus(); };
  const desk: Desk = { one, now: () => now, act, name, refocus };

  function draw(): void {
    const inside = place.contains(document.activeElement);
    replace(place, head(desk, () => void sign(one, now)), problem,
      el("div", { class: "frame-columns" },
        el("section", { class: "card", "aria-labelledby": "frame-title" },
          el("header", { class: "row" }, el("h2", { id: "frame-title" }, "主题表"), el("button", { type: "button", class: "quiet push", onclick: () => addDialog(desk, null) }, icon("add"), "增加主题")),
          themeTree(desk)),
        el("div", { class: "stack" }, typicalCard(desk), logCard(now, name))));
    if (inside) refocus();
  }
  draw();
  const ways = (): string => ["confirm", "cq"].map((name) => state().get(name) ?? "").join("|");
  let way = ways();
  onState(() => {
    if (!place.isConnected || way === ways()) return;
    way = ways();
    draw();
    place.querySelector<HTMLElement>(".typical .switch [aria-pressed=true]")?.focus();
  });
  return place;
}

/** What a code is called. */
export function named(frame: Frame, code: string): string {
  for (const theme of frame.theme ?? []) {
    if (theme.code === code) return theme.name;
    const sub = theme.sub?.find((one) => one.code === code);
    if (sub) return sub.name;
  }
  return { NONE: "没有意见", OFF: "别的事" }[code] ?? code;
}

function head({ now, one }: Desk, signing: () => void): Child {
  const { frame, state, version, at } = now();
  const themes = (frame.theme ?? []).filter(isTheme);
  const settled = state === "signed" && one.unmapped === 0;
  const subs = themes.reduce((sum, theme) => sum + (theme.sub?.length ?? 0), 0);
  return card("签认", el("div", { class: "row" },
    chip(STATES[state], state === "signed" ? "good" : "warn"),
    el("span", {}, `主题 ${themes.length} 个，子主题 ${subs} 个，已确认答案 ${count(frame.confirmed?.length ?? 0)} 条`),
    el("span", { class: "note" }, `第 ${version} 版，${moment(at)}`),
    el("button", { type: "button", class: "main push", onclick: signing, disabled: settled }, icon("check"), settled ? "已签认" : "签认")),
  el("p", { class: "note" }, `看名称和界线是否说得清，相近的合并，太宽的拆开；再确认典型答案，每个主题至少 ${WANTED} 条。签认后每条答案按它归类。`));
}

async function sign(one: Whole, { version, frame }: FrameBody): Promise<void> {
  const few = wanting(frame);
  const sure = await confirm({ title: "签认主题表？", yes: "签认",
    body: [el("p", {}, `此后全部 ${count(one.open_answers)} 条开放题答案按第 ${version} 版主题表归类、计数，写进报告。以后还能再改、再签认。`), few.length > 0 && el("p", { class: "warn-text" }, `还有 ${few.length} 个主题确认的答案不足 ${WANTED} 条：${few.slice(0, 8).map(({ name }) => `“${name}”`).join("、")}${few.length > 8 ? "等" : ""}。确认够了，归类会更准。`)] });
  if (!sure) return;
  try {
    await begin(`/v1/surveys/${one.id}/themes:sign`, { version, actor: ACTOR });
  } catch (error) {
    notice(error instanceof Problem ? error.detail || error.title : "签认没有成功，请重试。", { tone: "bad" });
  }
}
