// Dialogs: the browser's own `<dialog>`, which keeps the focus inside and gives it back.

import { type Child, el, icon } from "./dom.ts";

/** Opens a dialog; Escape and × close it. */
export function dialog(options: { title: string; body: Child; wide?: boolean }): { close: () => void; node: HTMLDialogElement } {
  const from = document.activeElement;
  const close = (): void => node.close();
  const title = el("h2", { id: `dialog-${(dialogs += 1)}` }, options.title);
  const node: HTMLDialogElement = el("dialog", { class: options.wide ? "dialog wide" : "dialog", "aria-labelledby": title.id },
    el("header", {}, title, el("button", { type: "button", class: "bare", "aria-label": "关闭", onclick: close }, icon("close"))),
    el("div", { class: "dialog-body" }, options.body));
  node.addEventListener("click", (event: MouseEvent) => { if (event.target === node) close(); });
  node.addEventListener("close", () => {
    node.remove();
    if (from instanceof HTMLElement && from.isConnected) from.focus();
  });
  document.body.append(node);
  node.showModal();
  return { close, node };
}

let dialogs = 0;

/** Asks yes or no; Escape is no. */
export function confirm(options: { title: string; body: Child; yes: string; danger?: boolean }): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = false;
    const choose = (chosen: boolean) => () => { answer = chosen; close(); };
    const yes = el("button", { type: "button", class: options.danger ? "main danger" : "main", onclick: choose(true) }, options.yes);
    const no = el("button", { type: "button", class: "quiet", onclick: choose(false) }, "取消");
    const { close, node } = dialog({ title: options.title, body: [el("div", {}, options.body), el("p", { class: "dialog-foot" }, no, yes)] });
    node.addEventListener("close", () => resolve(answer));
    (options.danger ? no : yes).focus();
  });
}

/** Asks for one line; `null` when it was not given. */
export function ask(options: { title: string; label: string; note?: string; yes: string; secret?: boolean; value?: string }): Promise<string | null> {
  return new Promise((resolve) => {
    let answer: string | null = null;
    const input = el("input", {
      type: options.secret ? "password" : "text", id: "ask-input", autocomplete: "off", spellcheck: "false", value: options.value ?? "",
    });
    const form = el("form", { class: "ask-form" },
      options.note && el("p", { class: "note" }, options.note),
      el("label", { for: input.id }, options.label), input,
      el("p", { class: "dialog-foot" },
        el("button", { type: "button", class: "quiet", onclick: () => close() }, "取消"),
        el("button", { type: "submit", class: "main" }, options.yes)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer = input.value;
      close();
    });
    const { close, node } = dialog({ title: options.title, body: form });
    node.addEventListener("close", () => resolve(answer));
    input.focus();
  });
}
