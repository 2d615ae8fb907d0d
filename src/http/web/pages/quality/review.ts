// 复核: the cases that a person should look at next, worked one by one: A agrees, E edits, N goes on.
import { downloadLinks, post, taxonomy } from "../../base/api.ts";
import type { Query, Schema, Taxonomy } from "../../base/api.ts";
import { el, icon, replace } from "../../base/dom.ts";
import type { Child } from "../../base/dom.ts";
import { count, moment, percent, sureness } from "../../base/format.ts";
import { key } from "../../base/keys.ts";
import { block, empty, notice, words } from "../../base/notice.ts";
import { go, state } from "../../base/state.ts";
import { barRow, card, chip } from "../../base/text.ts";
import { fits, told } from "../cases/told.ts";
import type { Suggestion } from "../cases/words.ts";
import { statusChip } from "../cases/words.ts";
import { categoryChoices, unitChoices } from "../desk/decision.ts";
import { pick } from "../desk/pick.ts";
import { cases, follow } from "./data.ts";

type Review = Schema<"Review">;
type Item = Schema<"ReviewItem">;
type Feedback = Schema<"Feedback">;

/** What a reviewer settles is not put up again. */
const ACTOR = "复核";
const TOP = 30;

export const reviewTab = (): HTMLElement =>
  follow<Review>("/v1/quality/review", (found, query) => new Queue(found, query).node, () => [block(60), block(480)], () => ({ top: TOP }));

/** The queue at work. */
class Queue {
  node: HTMLElement;
  found: Review;
  left: Item[];
  done = 0;
  #names: Taxonomy | null = null;
  #head = el("div", { class: "review-head" });
  #list = el("ol", { class: "review-list" });
  #main = el("div", { class: "review-main", "aria-live": "polite" });
  #form = el("div", { class: "review-form" });
  #busy = false;

  constructor(found: Review, query: Query) {
    this.found = found;
    this.left = [...found.items];
    this.node = el("div", { class: "stack review" }, this.#head,
      found.items.length === 0
        ? empty("没有要复核的", el("p", {}, "这段时间没有存疑的认定，也没有拿不准而未认定的案件。可放宽受理日期。"))
        : el("div", { class: "review-two" }, el("nav", { "aria-label": "复核队列" }, this.#list), this.#main),
      lessons(query));
    key("a", "复核：同意（存疑的改按建议，拿不准的采纳建议）", () => this.#agree());
    key("k", "复核：维持现在的认定", () => this.#stand());
    key("e", "复核：改成别的", () => this.#edit());
    key("n", "复核：先看下一件", () => this.#move(1));
    key("p", "复核：上一件", () => this.#move(-1));
    this.#draw();
    void taxonomy().then((names) => { this.#names = names; }).catch(() => undefined);
  }

  get #at(): number {
    const wanted = this.left.findIndex((item) => item.id === state().get("case"));
    return Math.max(0, wanted);
  }

  get #item(): Item | undefined {
    return this.node.isConnected ? this.left[this.#at] : undefined;
  }

  #move(by: number): void {
    if (!this.node.isConnected || this.left.length === 0) return;
    const next = this.left[(this.#at + by + this.left.length) % this.left.length]!;
    this.#open(next);
  }

  #open(item: Item): void {
    go({ case: item.id }, "replace");
    this.#draw();
  }

  #draw(): void {
    const { found } = this;
    replace(this.#head, el("p", { class: "note" },
      `存疑 ${count(found.doubtful)} 件，尚未认定 `, cases(found.undecided), " 件；先列最值得看的。",
      this.done > 0 ? `已复核 ${count(this.done)} 件，` : "", `还剩 ${count(this.left.length)} 件。`));
    const item = this.left[this.#at];
    replace(this.#list, this.left.map((one) => el("li", {}, el("button", {
      type: "button", class: "review-pick", "aria-current": one === item ? "true" : null, onclick: () => this.#open(one),
    }, chipOf(one), el("span", { class: "review-text" }, one.title ?? one.text), el("small", {}, one.because)))));
    this.#list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    if (!item) return replace(this.#main, empty("这一批复核完了", el("p", {}, "刷新可取下一批；审定的已可导出学习。"),
      el("button", { type: "button", class: "quiet", onclick: () => location.reload() }, icon("refresh"), "取下一批")));
    this.#show(item);
  }

  #show(item: Item): void {
    const text = el("div", {}, told(item.text, null));
    replace(this.#form);
    replace(this.#main,
      card(el("span", { class: "review-title" }, chipOf(item), item.title ?? "诉求内容"),
        el("p", { class: "review-because" }, item.because),
        text,
        el("p", { class: "note" }, statusChip(item.status), ` ${moment(item.received_at)} 受理　`, el("a", { href: `/cases?id=${item.id}` }, "看整件案件"))),
      this.#decision(item));
    void explained(item).then((said) => {
      if (said && this.left[this.#at] === item) replace(text, told(item.text, said));
    });
  }

  #decision(item: Item): HTMLElement {
    const first = item.advised[0];
    const isUnit = this.found.question === "unit";
    return el("section", { class: "card review-decision", "aria-label": "怎样认定" },
      el("h2", {}, isUnit ? "该归哪个单位" : "该归哪一类"),
      el("ul", { class: "bars" }, item.advised.map((choice) => barRow(choice.probability, choice.name))),
      item.decided && el("p", { class: "review-now" }, "现在认定：", el("b", {}, item.decided.name), item.decided_by ? `（${BY[item.decided_by]}）` : ""),
      first && el("p", { class: "note" }, `当时建议${first.name}，${sureness(first.probability)}（${percent(first.probability)}）。`),
      el("div", { class: "review-keys no-print", role: "group", "aria-label": "复核" },
        first && el("button", { type: "button", class: "main", "aria-keyshortcuts": "a", onclick: () => this.#agree() }, icon("check"), item.decided ? "改按建议" : "采纳建议", el("kbd", {}, "A")),
        item.decided && el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "k", onclick: () => this.#stand() }, "维持认定", el("kbd", {}, "K")),
        el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "e", onclick: () => this.#edit() }, icon("edit"), "另选", el("kbd", {}, "E")),
        el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "n", onclick: () => this.#move(1) }, "下一件", el("kbd", {}, "N"))),
      this.#form,
      el("p", { class: "note" }, "复核即审定：记入案件，供以后学习，不改变派单。"));
  }

  #agree(): void {
    const item = this.#item;
    const advised = item?.advised[0];
    if (item && advised) void this.#settle(item, advised.code, advised.name);
  }

  #stand(): void {
    const item = this.#item;
    if (item?.decided) void this.#settle(item, item.decided.code, item.decided.name);
  }

  #edit(): void {
    const item = this.#item;
    if (!item || !this.#names) return;
    const isUnit = this.found.question === "unit";
    const choice = pick(isUnit ? "归口单位" : "分类", isUnit ? unitChoices(this.#names) : categoryChoices(this.#names));
    const form = el("form", { class: "review-card", "aria-label": "另选" }, choice.node,
      el("p", { class: "row" }, el("button", { type: "submit", class: "main" }, "审定"), el("span", { class: "note" }, el("kbd", {}, "Enter"), " 审定 ", el("kbd", {}, "Esc"), " 取消")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const code = choice.value();
      if (code) void this.#settle(item, code, this.#names!.name(code));
      else choice.input.focus();
    });
    form.addEventListener("keydown", (event) => { if (event.key === "Escape") replace(this.#form); });
    replace(this.#form, form);
    choice.input.focus();
  }

  async #settle(item: Item, code: string, name: string): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const said = await settle(item, this.found.question, code);
      const at = this.left.indexOf(item);
      this.left.splice(at, 1);
      this.done += 1;
      const next = this.left[at] ?? this.left[0];
      go({ case: next?.id ?? null }, "replace");
      this.#draw();
      notice(`已审定为${name}`, { undo: async () => {
        await post(`/v1/complaints/${encodeURIComponent(item.id)}/feedback:undo`, { at: said.at, actor: ACTOR });
        this.left.splice(at, 0, item);
        this.done -= 1;
        this.#open(item);
      } });
    } catch (error) {
      notice(words(error), { tone: "bad" });
    } finally {
      this.#busy = false;
    }
  }
}

const BY: Record<Schema<"Ruling">, string> = { settled: "审定", said: "反馈", answered: "单位已答复" };

const chipOf = (item: Item): HTMLElement => (item.reason === "suspect" ? chip("存疑", "warn") : chip("拿不准", "tell"));

/** Settles one question and leaves the other as it was settled, else as it was advised. */
function settle(item: Item, question: Review["question"], code: string): Promise<Feedback> {
  const unit = question === "unit" ? code : item.final_unit ?? item.unit?.code;
  const category = question === "category" ? code : item.final_category ?? item.category?.code;
  const agrees = unit === item.unit?.code && category === item.category?.code;
  const opinion = agrees ? { outcome: "accepted" } : { outcome: "edited", final_unit: unit, final_category: category };
  return post<Feedback>(`/v1/complaints/${encodeURIComponent(item.id)}/feedback`, { ...opinion, settled: true, actor: ACTOR });
}

const explanations = new Map<string, Promise<Suggestion | null>>();

/** The words that speak for the suggestion, asked for anew: they are not kept with every case. */
function explained(item: Item): Promise<Suggestion | null> {
  let asked = explanations.get(item.id);
  if (!asked) {
    asked = post<Suggestion>("/v1/suggestions", { text: item.text, title: item.title ?? undefined, explain: true, top_k: 5 })
      .then((said) => fits(item.text, said)).catch(() => null);
    explanations.set(item.id, asked);
  }
  return asked;
}

/** What was settled, as a file to learn from; and the list put up, for who works on paper. */
function lessons(query: Query): Child {
  const { judged: _, ruling: __, top: ___, ...scope } = query;
  return card("拿去学习",
    el("p", { class: "note" }, "审定过的案件可导出为更正文件，交给 ", el("code", {}, "guikou train 样本… --corrections 更正.jsonl"), " 重新训练；训练后用 --gate 与现在的模型比过，才换上。"),
    el("p", { class: "lessons" }, el("span", {}, "更正文件 ", downloadLinks("/v1/quality/corrections", scope, ["jsonl", "xlsx", "csv"])),
      el("span", {}, "本队列 ", downloadLinks("/v1/quality/review", query, ["jsonl", "xlsx", "csv"]))));
}
