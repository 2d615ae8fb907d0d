import { replace } from "../base/dom.ts";
import { empty } from "../base/notice.ts";
import { heading } from "../base/text.ts";

export const title = "调查";

/** Not built yet, and says so. */
export async function show(root: HTMLElement): Promise<void> {
  replace(root, heading(title), empty("本栏目尚未建成", "将在后续版本提供。"));
}
