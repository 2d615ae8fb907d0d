// Small controls that read and write the address, and regions that are drawn anew when their part of it changes.
import { el, replace, type Child } from "../../base/dom.ts";
import { working } from "../../base/notice.ts";
import { go, onState, state } from "../../base/state.ts";

let controls = 0;

/** A labelled choice kept in the address under `name`; the usual answer is not written there. */
export function choice(label: string, name: string, options: Record<string, string>, usual: string): HTMLElement {
  const id = `choice-${name}-${(controls += 1)}`;
  const select = el("select", { id, name }, Object.entries(options).map(([value, text]) => el("option", { value }, text)));
  const follow = () => { select.value = state().get(name) ?? usual; };
  follow();
  onState(follow);
  select.addEventListener("change", () => go({ open: null, [name]: select.value === usual ? null : select.value }));
  return el("span", { class: "choice" }, el("label", { for: id }, label), select);
}

/** A few choices side by side, one of them pressed. */
export function switches(label: string, name: string, options: Record<string, Child>, usual: string): HTMLElement {
  const buttons = Object.entries(options).map(([value, text]) => el("button", {
    type: "button", name, value, onclick: () => go({ [name]: value === usual ? null : value }),
  }, text));
  const follow = () => {
    const now = state().get(name) ?? usual;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === now));
  };
  follow();
  onState(follow);
  return el("span", { class: "switch", role: "group", "aria-label": label }, buttons);
}

/** Fills anew without losing the keyboard's place among the controls inside. */
export function redraw(parent: Element, ...children: Child[]): void {
  const active = document.activeElement;
  const at = active instanceof HTMLButtonElement || active instanceof HTMLSelectElement ? active : null;
  const [inside, name, value] = [at && parent.contains(at), at?.name ?? "", at instanceof HTMLButtonElement ? at.value : ""];
  replace(parent, ...children);
  if (!inside || name === "") return;
  const again = [...parent.querySelectorAll<HTMLElement>(`[name="${CSS.escape(name)}"]`)]
    .find((one) => !(one instanceof HTMLButtonElement) || one.value === value);
  again?.focus({ preventScroll: true });
}

// ── regions ─────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Region {
  place: HTMLElement;
  keys: readonly string[];
  draw: (place: HTMLElement) => Promise<void>;
  drawn: string | null;
}

const regions = new Set<Region>();

/** A place drawn when it is first seen, and again whenever one of these values in the address changes. */
export function region(keys: readonly string[], skeleton: Child, draw: (place: HTMLElement) => Promise<void>, tag: "div" | "section" = "div"): HTMLElement {
  const place = el(tag, { class: "region", "aria-busy": "true" }, skeleton);
  regions.add({ place, keys, draw, drawn: null });
  refresh();
  return place;
}

/** Looks after every region that is on the page, once what is being drawn has been put there. */
export function refresh(): void {
  setTimeout(() => {
    for (const one of regions) {
      if (!one.place.isConnected) continue;
      const now = one.keys.map((key) => state().getAll(key).join("\u0001")).join("\u0002");
      if (now === one.drawn) continue;
      one.drawn = now;
      void working(one.place, () => one.draw(one.place));
    }
  }, 0);
}

onState(refresh);
