// A view is its address: saving it is keeping the link.
import { dialog } from "../../base/dialog.ts";
import { el } from "../../base/dom.ts";
import { notice } from "../../base/notice.ts";

/** Puts the link of this view on the clipboard; where the browser forbids that (plain http), shows it to be copied. */
export async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    notice("链接已复制：发给谁，谁看到的就是这一张");
  } catch {
    const line = el("input", { type: "text", readonly: true, value: location.href, "aria-label": "这一张的链接", class: "whole-line" });
    dialog({ title: "这一张的链接", body: [el("p", { class: "note" }, "浏览器不让程序复制，请按 Ctrl+C。"), line] });
    line.select();
  }
}
