// What the parts of the heat weigh, as the reader sets it: five percentages that make up the whole, kept in the address.
import { type Schema } from "../../base/api.ts";
import { el, icon } from "../../base/dom.ts";
import { go, state } from "../../base/state.ts";
import { PARTS } from "./parts.ts";

type Used = Schema<"Used">;
const WHOLE = 100;
/** How far the five may be from the whole, as the service takes them. */
const SLACK = 0.1;

/** The weights that the address gives, for the API; they are of the house's own formula alone. */
export function weights(): string | null {
  const now = state();
  return (now.get("formula") ?? "guikou") === "guikou" ? now.get("weights") : null;
}

const shares = (of: Used["weights"]): number[] => PARTS.map(({ key }) => of[key] * WHOLE);
const shown = (share: number): string => String(Number(share.toFixed(1)));

/** A form that opens; `used` is what the list shown was ranked by. */
export function weighing(used: Used): HTMLElement {
  const own = weights() !== null;
  const inputs = PARTS.map((part, at) => el("input", {
    type: "number", id: `weight-${part.key}`, name: `weight-${part.key}`, min: 0, max: WHOLE, step: "any", required: true,
    value: shown(shares(used.weights)[at]!), "aria-describedby": "weights-sum",
  }));
  const sum = el("span", { id: "weights-sum", role: "status" });
  const apply = el("button", { type: "submit", class: "quiet" }, icon("check"), "按此排行");
  const told = (): void => {
    const total = inputs.reduce((all, input) => all + (Number(input.value) || 0), 0);
    const right = Math.abs(total - WHOLE) <= SLACK && inputs.every(({ validity }) => validity.valid);
    sum.className = right ? "soft" : "warn-text";
    sum.textContent = right ? "合计 100%" : `合计须为 100%，现在 ${shown(total)}%`;
    apply.disabled = !right;
  };
  const form = el("form", { class: "weights-form", "aria-label": "热度各部分的权重", oninput: told },
    PARTS.map((part, at) => el("span", { class: "choice" }, el("label", { for: inputs[at]!.id, title: part.means }, `${part.name}（%）`), inputs[at])),
    sum, apply,
    own && el("button", { type: "button", class: "link", onclick: () => go({ weights: null }) }, "恢复默认"),
    el("p", { class: "note" }, `默认（设置 [hotspots]）：${PARTS.map((part, at) => `${part.name} ${shown(shares(used.usual_weights)[at]!)}%`).join("，")}。改了只影响本页的排行和下载，写在网址里。`));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = inputs.map((input) => Number((Number(input.value) / WHOLE).toFixed(4)));
    const usual = shares(used.usual_weights).every((share, at) => Math.abs(share / WHOLE - given[at]!) < 1e-6);
    go({ open: null, weights: usual ? null : given.join(",") });
  });
  told();
  return el("details", { class: "weights no-print", open: own }, el("summary", {}, own ? "权重（已改）" : "权重"), form);
}
