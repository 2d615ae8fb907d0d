// The look: light, dark or as the system says. Loaded before anything is drawn, so that no page flashes.

/** What may be chosen. */
export const THEMES = { auto: "跟随系统", light: "浅色", dark: "深色" } as const;
export type Theme = keyof typeof THEMES;

const KEPT = "guikou-theme";

/** The look chosen by hand, or `auto`. */
export function theme(): Theme {
  const kept = localStorage.getItem(KEPT) ?? "";
  return kept in THEMES ? (kept as Theme) : "auto";
}

/** Takes a look and keeps it; whoever draws by hand listens to `guikou-theme` on the document. */
export function dress(chosen: Theme): void {
  localStorage.setItem(KEPT, chosen);
  document.documentElement.dataset.theme = chosen;
  document.dispatchEvent(new Event("guikou-theme"));
}

document.documentElement.dataset.theme = theme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("guikou-theme")));
