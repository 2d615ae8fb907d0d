// A reason in one key: the usual ones are numbered, any other can be written.
import { el, replace } from "../../base/dom.ts";

/** Opens the choice in `place`; a digit, a click or a written line decides, Escape takes it back (`reason-closed`). */
export function askReason(place: HTMLElement, title: string, usual: readonly string[], decide: (reason: string) => void): void {
  const before = document.activeElement;
  const shut = () => {
    replace(place);
    if (before instanceof HTMLElement) before.focus();
    place.dispatchEvent(new Event("reason-closed", { bubbles: true }));
  };
  const choose = (reason: string) => {
    replace(place);
    decide(reason);
  };
  const own = el("input", { type: "text", maxlength: 200, "aria-label": `${title}（自己写）`, placeholder: "其他理由，回车确定" });
  const form = el("form", {
    class: "reason", role: "group", "aria-label": title,
    onsubmit: (event: Event) => {
      event.preventDefault();
      const written = own.value.trim();
      if (written) choose(written);
    },
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === "Escape") shut();
      else if (event.target !== own && usual[Number(event.key) - 1]) choose(usual[Number(event.key) - 1]!);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  },
    el("span", { class: "reason-title" }, title),
    usual.map((reason, at) => el("button", { type: "button", class: "quiet", onclick: () => choose(reason) },
      el("kbd", { "aria-hidden": "true" }, at + 1), " ", reason)),
    own,
    el("button", { type: "button", class: "quiet", onclick: shut }, "取消 ", el("kbd", { "aria-hidden": "true" }, "Esc")));
  replace(place, form);
  form.querySelector("button")?.focus();
}
