// The first letters of the pinyin, by the browser's own order of Chinese characters: no table of our own is needed.

const LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ";
/** The first character of each letter in that order. */
const FIRST = "阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀";
const order = new Intl.Collator("zh-Hans-CN-u-co-pinyin");

/** 城管局 → CGJ; what is no Chinese character stays. */
export function initials(text: string): string {
  return Array.from(text, (c) => (/\p{Script=Han}/u.test(c) ? letter(c) : c)).join("").replace(/[（）()\s]/g, "");
}

function letter(c: string): string {
  for (let at = FIRST.length - 1; at >= 0; at -= 1) if (order.compare(FIRST[at]!, c) <= 0) return LETTERS[at]!;
  return c;
}
