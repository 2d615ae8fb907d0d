// Putting two groups together: find the other one, see both side by side, choose whose name stays, say why.
import { el, icon, replace } from "../../base/dom.ts";
import { count, day, moment, percent } from "../../base/format.ts";
import { failure, lines } from "../../base/notice.ts";
import { chip, marked } from "../../base/text.ts";
import { dialog } from "../../base/dialog.ts";
import { shared } from "./alike.ts";
import { askReason, mergeIn } from "./acts.ts";
import { caseName } from "./names.ts";
import type { Group, GroupBody } from "./names.ts";
import { likeGroups, readGroup, readGroups } from "./store.ts";

type Choice = Group & { probability?: number; why?: string };
const SHOWN = 12;
/** Less likely than this, a group is not offered by itself. */
const LEAST = 0.05;

/** Opens the search for a group to merge with; `done` gets the group that stays. */
export function mergeWith(group: GroupBody, done: (group: GroupBody) => void): void {
  const list = el("ul", { class: "choices" });
  const said = el("p", { class: "note", role: "status" }, "正在找说法相近的诉求组……");
  const words = el("input", { type: "search", id: "merge-words", placeholder: "标题、地点或一段说法", autocomplete: "off" });
  const body = el("div", { class: "merge-search" },
    el("form", { role: "search", onsubmit: (event: Event) => { event.preventDefault(); void search(words.value); } },
      el("label", { for: "merge-words" }, "找另一组"),
      el("p", { class: "search-row" }, words, el("button", { type: "submit", class: "quiet" }, icon("search"), "查找"))),
    said, list);
  const { close } = dialog({ title: `并组：${group.title}`, body, wide: true });
  words.focus();
  list.addEventListener("keydown", walk);

  const show = (found: Choice[], text: string, about: string) => {
    said.textContent = found.length > 0 ? about : text === "" ? "没有说法相近的。可输入标题、地点或一段说法自己找。" : "没有找到。换个说法，或用地点的名称试试。";
    replace(list, found.map((other) => el("li", {}, choice(other, () => { close(); preview(group, other.id, done); }))));
  };
  let turn = 0;
  const search = async (text: string) => {
    const mine = (turn += 1);
    replace(list, lines(3));
    try {
      const found = text.trim() === "" ? await similar(group) : await searched(text.trim(), group.id);
      if (mine === turn) show(found, text.trim(), text.trim() === "" ? "说法相近的在前，其后是同区县、同分类的；也可自己找。" : `“${text.trim()}”：先列标题、地点相符的，再列说法相近的。`);
    } catch (error) {
      if (mine === turn) replace(list, failure(error, () => void search(text)));
    }
  };
  void search("");
}

/** Groups that tell something like this one's most telling case, then others of the kind in the same district. */
async function similar(group: GroupBody): Promise<Choice[]> {
  const medoid = group.tellings.find((telling) => telling.case === group.medoid && telling.text) ?? group.tellings.find((telling) => telling.text);
  const alike = medoid?.text ? await named((await likeGroups(medoid.text, group.id)).filter(({ probability }) => probability >= LEAST)) : [];
  const kin = group.category && group.district ? await readGroups({ category: group.category, district: group.district }, SHOWN) : [];
  const seen = new Set([group.id, ...alike.map(({ id }) => id)]);
  return [...alike, ...kin.filter(({ id }) => !seen.has(id)).map((other) => ({ ...other, why: "同区县、同分类" }))].slice(0, SHOWN);
}

/** Groups whose title or place has the words, then those that tell something like them. */
async function searched(text: string, but: string): Promise<Choice[]> {
  // A whole telling is too long to be looked for as words.
  const matching: Choice[] = (await readGroups({ q: text }, SHOWN).catch(() => [])).filter(({ id }) => id !== but);
  const alike = await named(await likeGroups(text, but));
  const seen = new Set(matching.map(({ id }) => id));
  return [...matching, ...alike.filter(({ id }) => !seen.has(id))].slice(0, SHOWN);
}

const named = (found: { id: string; probability: number; summary: string }[]): Promise<Choice[]> =>
  Promise.all(found.map(async ({ id, probability, summary }) => ({ ...await readGroup(id), probability, why: summary })));

function choice(other: Choice, take: () => void): HTMLElement {
  return el("button", { type: "button", class: "choice-row", onclick: take },
    el("b", {}, other.title),
    el("span", { class: "note" }, `${count(other.cases)} 件 · ${count(other.people)} 人 · ${day(other.first_at)} 至 ${day(other.last_at)}`),
    other.why && el("span", { class: "note" }, other.why.replace("，来电人未知", "")),
    other.probability !== undefined && chip(percent(other.probability), other.probability >= 0.5 ? "good" : "calm"));
}

/** ↑ ↓ between the groups found. */
function walk(event: KeyboardEvent): void {
  const rows = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".choice-row")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
  if (to === undefined || !rows[to]) return;
  event.preventDefault();
  rows[to].focus();
}

/** Both groups side by side, before anything is done. */
async function preview(group: GroupBody, id: string, done: (group: GroupBody) => void): Promise<void> {
  const other = await readGroup(id);
  const radio = (which: GroupBody, name: string, checked: boolean) => el("label", { class: "keep" },
    el("input", { type: "radio", name: "keep", value: which.id, checked }), name);
  const keep = el("fieldset", { class: "keep-one" }, el("legend", {}, "并组后留下哪一组的编号"),
    radio(group, "本组（左）", true), radio(other, "另一组（右）", false));
  askReason({
    title: "并组",
    wide: true,
    yes: `并为一组，共 ${group.cases + other.cases} 件`,
    body: el("div", {}, el("div", { class: "both" }, column(group, other), column(other, group)), keep),
    hints: ["同一件事", "同一地点、同一问题", "同一工地"],
    act: async (given) => {
      const stays = keep.querySelector<HTMLInputElement>("input:checked")?.value === other.id ? other : group;
      await mergeIn(stays, stays === group ? other : group, given, done);
    },
  });
}

function column(group: GroupBody, other: GroupBody): HTMLElement {
  const theirs = other.tellings.map((telling) => telling.text ?? "").join("\n");
  const medoid = [...group.tellings].sort((a, b) => Number(b.case === group.medoid) - Number(a.case === group.medoid));
  return el("section", { class: "column" },
    el("h3", {}, group.title),
    el("p", { class: "note" }, `${count(group.cases)} 件 · ${count(group.people)} 人 · ${moment(group.first_at)} 至 ${moment(group.last_at)}`),
    el("ol", {}, medoid.slice(0, 5).map((telling) => el("li", {},
      el("span", { class: "note" }, `${caseName(telling)} · ${moment(telling.received_at)}`),
      telling.protected ? el("p", { class: "protected" }, icon("lock"), "内容受保护")
        : marked(telling.text ?? "", shared(telling.text ?? "", theirs).map((range) => ({ ...range, weight: 2, title: "另一组也说到" })))))),
    medoid.length > 5 && el("p", { class: "note" }, `另有 ${medoid.length - 5} 件未列`));
}
