// Files that go in and out: a button that takes one; tables that a page puts together itself, where the API gives none.
import { saveFile } from "./api.ts";
import { type Child, el } from "./dom.ts";

/** Rows as CSV with a byte order mark; what Excel could take for a formula is made plain text. */
export function csv(heads: string[], rows: (string | number)[][]): string {
  const cell = (value: string | number) => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `\ufeff${[heads, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** Saves such a text. */
export const downloadText = (name: string, text: string): void => saveFile(name, new Blob([text], { type: "text/csv;charset=utf-8" }));

/** A button that asks for a file of these endings and hands it over; the keyboard reaches it as any other. */
export function fileButton(words: Child, accept: string, take: (file: File) => Promise<void> | void, look = "quiet"): HTMLElement {
  const input: HTMLInputElement = el("input", { type: "file", accept, hidden: true, tabindex: "-1", onchange: async () => {
    const [file] = input.files ?? [];
    input.value = "";
    if (!file) return;
    button.disabled = true;
    try {
      await take(file);
    } finally {
      button.disabled = false;
    }
  } });
  const button: HTMLButtonElement = el("button", { type: "button", class: look, onclick: () => input.click() }, words);
  return el("span", { class: "file-button" }, button, input);
}

/** The bytes as base64. */
export function base64(bytes: ArrayBuffer): string {
  const all = new Uint8Array(bytes);
  const parts: string[] = [];
  for (let at = 0; at < all.length; at += 0x8000) parts.push(String.fromCharCode(...all.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}
