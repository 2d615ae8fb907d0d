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
  wear(chosen);
}

const night = matchMedia("(prefers-color-scheme: dark)");

/** Shows a look and tells whoever draws by hand. */
function wear(look: Theme): void {
  document.documentElement.dataset.theme = look === "auto" ? (night.matches ? "dark" : "light") : look;
  document.dispatchEvent(new Event("guikou-theme"));
}

wear(theme());
night.addEventListener("change", () => wear(theme()));
// Paper is white: what is drawn by hand must be drawn again for it.
addEventListener("beforeprint", () => wear("light"));
addEventListener("afterprint", () => wear(theme()));
