// The themes as a list with their sub-themes. By hand: drag one onto another. By keyboard: ↑ ↓ and a letter.

import { taxonomy } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { chip } from "../../base/text.ts";
import { WANTED, confirmedFor } from "./confirmed.ts";
import { type SubTheme, type Theme, isTheme } from "./data.ts";
import type { Desk } from "./frame.ts";
import { addDialog, drop, linkTo, mergeDialog, mergeInto, moveDialog, moveUnder, renameDialog, splitDialog } from "./steps.ts";

const DRAGGED = "application/x-guikou-theme";
type Row = { node: HTMLElement; code: string };

/** Draws the list. */
export function themeTree(desk: Desk): HTMLElement {
  const themes = desk.now().frame.theme ?? [];
  const real = themes.filter(isTheme);
  if (real.length === 0) return el("p", { class: "note" }, "还没有主题：按“增加主题”按描述增加，或重新归纳。");
  const rows: Row[] = [];
  const list = el("ul", { class: "theme-tree", "aria-label": "主题表" }, real.map((theme) => el("li", {},
    row(desk, theme, true, rows, theme),
    (theme.sub ?? []).length > 0 && el("ul", {}, theme.sub!.map((sub) => el("li", {}, row(desk, sub, false, rows)))))));
  walkable(list, rows);
  return el("div", { class: "stack" }, list,
    el("p", { class: "note no-print" }, "把一个主题拖到另一个上是合并，把子主题拖到主题上是移动。键盘：",
      [["↑ ↓", "移动"], ["e", "改名"], ["m", "并入"], ["s", "拆开"], ["v", "移到"], ["a", "加子主题"], ["Del", "撤掉"]].map(([cap, what]) => [el("kbd", {}, cap), ` ${what} `])),
    fixed(themes));
}

/** NONE and OFF stand in every frame and are not edited. */
function fixed(themes: Theme[]): Child {
  const others = themes.filter((theme) => !isTheme(theme));
  return others.length > 0 && el("p", { class: "note" }, "固定的两类：", others.map(({ name, code }) => [chip(name || code), " "]));
}

function row(desk: Desk, of: SubTheme & Partial<Theme>, top: boolean, rows: Row[], theme?: Theme): HTMLElement {
  const { code, name, description, words, sentence } = of;
  const { frame } = desk.now();
  const confirmed = theme ? confirmedFor(frame, theme) : (frame.confirmed ?? []).filter(({ codes }) => codes.includes(code)).length;
  const tool = (picture: Parameters<typeof icon>[0], label: string, act: () => void): HTMLElement =>
    el("button", { type: "button", class: "bare", tabindex: "-1", "aria-label": `${label}：${name}`, title: label, onclick: act }, icon(picture));
  const node = el("div", { class: top ? "theme-row" : "theme-row sub", tabindex: rows.length === 0 ? "0" : "-1", draggable: "true", "data-code": code, role: "group", "aria-label": `${code} ${name}` },
    el("div", { class: "theme-words" },
      el("p", {}, el("code", { class: "soft" }, code), " ", el("b", {}, name), confirmed > 0 && [" ", chip(`确认 ${confirmed}`, theme && confirmed < WANTED ? "warn" : "on")]),
      description && el("p", { class: "note" }, description),
      (words ?? []).length > 0 && el("p", { class: "theme-keys" }, words!.slice(0, 8).join(" · ")),
      sentence && el("p", { class: "theme-sentence" }, `“${sentence}”`),
      theme && category(desk, theme)),
    el("div", { class: "theme-tools no-print" },
      tool("edit", "改名和界线", () => renameDialog(desk, of)), tool("merge", "并入另一个", () => mergeDialog(desk, of)),
      top && tool("split", "拆开", () => splitDialog(desk, of)), tool("forward", "移到另一主题下", () => moveDialog(desk, of, top)),
      top && tool("add", "加子主题", () => addDialog(desk, code)), tool("close", "撤掉", () => void drop(desk, of))));
  node.addEventListener("keydown", (event) => {
    if (event.target !== node || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { e: () => renameDialog(desk, of), Enter: () => renameDialog(desk, of), m: () => mergeDialog(desk, of), s: () => top && splitDialog(desk, of), v: () => moveDialog(desk, of, top), a: () => top && addDialog(desk, code), Delete: () => void drop(desk, of) }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  draggable(desk, node, code, top);
  rows.push({ node, code });
  return node;
}

/** The category of the hotline that a theme seems to be; only a confirmed one corroborates. */
function category(desk: Desk, { code, category: link, name }: Theme): Child {
  if (!link) return null;
  const percent = `${Math.round(link.probability * 100)}%`;
  const category = el("span", {}, link.code);
  void taxonomy().then((all) => replace(category, `${link.code} ${all.name(link.code)}`)).catch(() => undefined);
  return el("p", { class: "theme-link" }, link.confirmed ? chip([icon("link"), "对应分类 ", category], "good") : chip([icon("link"), "可能对应分类 ", category, `（${percent}）`]),
    !link.confirmed && el("button", { type: "button", class: "link", tabindex: "-1", "aria-label": `确认 ${name} 对应分类 ${link.code}`, onclick: () => void linkTo(desk, code, link.code) }, "确认"),
    el("button", { type: "button", class: "link", tabindex: "-1", "aria-label": `${name} 没有对应的分类`, onclick: () => void linkTo(desk, code, null) }, "没有对应"));
}

function draggable(desk: Desk, node: HTMLElement, code: string, top: boolean): void {
  node.addEventListener("dragstart", (event) => {
    event.stopPropagation();
    event.dataTransfer?.setData(DRAGGED, JSON.stringify({ code, top }));
    if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
  });
  const takes = (event: DragEvent): boolean => Boolean(event.dataTransfer?.types.includes(DRAGGED));
  node.addEventListener("dragover", (event) => { if (takes(event)) { event.preventDefault(); node.classList.add("over"); } });
  node.addEventListener("dragleave", () => node.classList.remove("over"));
  node.addEventListener("drop", (event) => {
    node.classList.remove("over");
    if (!takes(event)) return;
    event.preventDefault();
    const other = JSON.parse(event.dataTransfer!.getData(DRAGGED)) as { code: string; top: boolean };
    if (other.code === code) return;
    // A sub-theme on a theme moves there; everything else is made one.
    if (!other.top && top) void moveUnder(desk, other.code, code);
    else void mergeInto(desk, [other.code], code);
  });
}

/** One stop for Tab; ↑ ↓ Home End go from theme to theme; then Tab reaches the buttons of that theme. */
function walkable(list: HTMLElement, rows: Row[]): void {
  const enter = (at: number): void => rows.forEach(({ node }, other) => {
    node.tabIndex = other === at ? 0 : -1;
    node.querySelectorAll<HTMLElement>("button").forEach((button) => { button.tabIndex = other === at ? 0 : -1; });
  });
  enter(0);
  list.addEventListener("focusin", (event) => {
    const at = rows.findIndex(({ node }) => node.contains(event.target as Node));
    if (at >= 0) enter(at);
  });
  list.addEventListener("keydown", (event) => {
    const at = rows.findIndex(({ node }) => node.contains(document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (at < 0 || to === undefined || !rows[to]) return;
    event.preventDefault();
    rows[to].node.focus();
  });
}
