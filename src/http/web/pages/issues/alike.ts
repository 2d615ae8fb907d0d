// What texts of one group share, and which are nearly the same: worked out here, so that marking needs no request.

/** A range of Unicode scalar values. */
export type Range = { start: number; end: number };

/** Words that every complaint has: they make nothing alike. */
const EVERYWHERE = new Set(("我们 你们 他们 自己 大家 这个 那个 这里 那里 这样 现在 已经 一直 没有 不能 不要 不是 不会 还有 还是 可以 " +
  "请问 请求 希望 反映 来电 来电人 市民 诉求 要求 处理 解决 核实 情况 问题 相关 部门 有关 领导 您好 你好 谢谢 尽快 今天 昨天 今年 去年 " +
  "时候 一个 一下 什么 怎么 为什么 因为 所以 但是 如果 就是 只有 只是 然后 而且 以及 或者 可是 知道 看到 出来 起来 一点 一些 好多 很多 " +
  "分钟 小时 另外 这边 那边 中间 开到 左右 一次 一直到 第一 有人 有的 大约 时间 地方 感觉 需要 应该 必须 附近 周边 一名 一位 我家 小时候 " +
  "来电反映 工单 电话 联系 表示 认为 是否 目前 之前 之后 以后 以前 几个 每天 都是 也是 不到 不了 去了 来了 的话 事情 到现在").split(" "));

const segmenter = "Segmenter" in Intl ? new Intl.Segmenter("zh", { granularity: "word" }) : null;

/** The words of a text with their places; where the browser cannot find words, runs of two characters. */
export function words(text: string): (Range & { text: string })[] {
  const found = segmenter
    ? [...segmenter.segment(text)].filter((one) => one.isWordLike).map((one) => ({ at: one.index, text: one.segment }))
    : pairsOf(text);
  const scalars = scalarIndex(text);
  return found.map(({ at, text }) => ({ text, start: scalars(at), end: scalars(at) + [...text].length }));
}

const LITTLE = new Set("的了是在有和也都就不我你他她它这那到过来去上下把被让给对与及或而但又还很太要会能可着吗呢吧啊呀说看人");
const NUMERALS = /^[\d一二三四五六七八九十百千万零两几多点.:：]+$/;
const tells = (word: string) => [...word].length > 1 && !EVERYWHERE.has(word) && !NUMERALS.test(word) && [...word].some((letter) => !LITTLE.has(letter));

/** Where `text` says what `other` says too: the longest runs of whole words that hold a telling one. */
export function shared(text: string, other: string): Range[] {
  const chars = [...text];
  const all = words(text);
  const found: Range[] = [];
  for (let i = 0; i < all.length;) {
    let run: Range | null = null;
    let telling = false;
    let j = i;
    for (; j < all.length && (j === i || all[j]!.start === all[j - 1]!.end); j++) {
      if (!other.includes(chars.slice(all[i]!.start, all[j]!.end).join(""))) break;
      telling ||= tells(all[j]!.text);
      if (telling) run = { start: all[i]!.start, end: all[j]!.end };
    }
    if (run) found.push(trimmed(run, chars));
    i = Math.max(j, i + 1);
  }
  return found;
}

/** Where `text` says what `other` does not. */
export function own(text: string, other: string): Range[] {
  return joined(words(text).filter((word) => tells(word.text) && !other.includes(word.text)));
}

/** A run without the little words at its ends. */
function trimmed({ start, end }: Range, chars: string[]): Range {
  while (end - start > 2 && LITTLE.has(chars[start]!)) start += 1;
  while (end - start > 2 && LITTLE.has(chars[end - 1]!)) end -= 1;
  return { start, end };
}

/** The shared runs themselves, the longest first, none that is part of another. */
export function sharedWords(a: string, b: string, most = 12): string[] {
  const chars = [...a];
  const runs = [...new Set(shared(a, b).map((range) => chars.slice(range.start, range.end).join("")))].sort((one, other) => other.length - one.length);
  return runs.filter((word, i) => !runs.slice(0, i).some((longer) => longer.includes(word))).slice(0, most);
}

/** How many of the texts say a run of words: one of three shades. */
export function shade(run: string, texts: string[]): "w1" | "w2" | "w3" {
  const share = texts.filter((text) => text.includes(run)).length / Math.max(1, texts.length);
  return share > 0.6 ? "w3" : share > 0.3 ? "w2" : "w1";
}

/** How alike two texts are to the letter, 0 to 1: shared pairs of characters over all. */
export function likeness(a: string, b: string): number {
  const [one, other] = [pairs(a), pairs(b)];
  if (one.size === 0 || other.size === 0) return a === b ? 1 : 0;
  let both = 0;
  for (const pair of one) if (other.has(pair)) both += 1;
  return both / (one.size + other.size - both);
}

/** From here on two texts are taken for one that was sent twice. */
export const NEARLY_THE_SAME = 0.7;

/** Puts nearly identical texts behind the first of their kind, in the order given. */
export function folded<T>(items: T[], text: (item: T) => string | null): { first: T; same: T[] }[] {
  const groups: { first: T; same: T[] }[] = [];
  for (const item of items) {
    const said = text(item);
    const home = said === null ? undefined : groups.find((group) => {
      const its = text(group.first);
      return its !== null && likeness(its, said) >= NEARLY_THE_SAME;
    });
    if (home) home.same.push(item);
    else groups.push({ first: item, same: [] });
  }
  return groups;
}

function pairs(text: string): Set<string> {
  const letters = [...text].filter((letter) => /[\p{L}\p{N}]/u.test(letter));
  return new Set(letters.slice(1).map((letter, i) => letters[i]! + letter));
}

function pairsOf(text: string): { at: number; text: string }[] {
  const found: { at: number; text: string }[] = [];
  for (let i = 0; i + 1 < text.length; i++) {
    const pair = text.slice(i, i + 2);
    if (/^[\p{L}\p{N}]{2}$/u.test(pair)) found.push({ at: i, text: pair });
  }
  return found;
}

function joined(ranges: Range[]): Range[] {
  const out: Range[] = [];
  for (const { start, end } of ranges) {
    const last = out.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else out.push({ start, end });
  }
  return out;
}

/** UTF-16 offsets as offsets of scalar values. */
function scalarIndex(text: string): (at: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (at) => at;
  return (at) => [...text.slice(0, at)].length;
}
