// Tables that a page puts together itself, as a file that Chinese Excel opens. What the API can give as a file, it gives.
import { saveFile } from "./api.ts";

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
