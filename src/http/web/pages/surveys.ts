// 调查: opinion surveys. `?id=` is one of them, `?new=1` takes a new one in.

import { el, replace } from "../base/dom.ts";
import { onState, state } from "../base/state.ts";
import { showList } from "./surveys/list.ts";
import { showNew } from "./surveys/new.ts";
import { showOne } from "./surveys/one.ts";

export const title = "调查";

/** Draws the list, one survey, or the form for a new one. */
export async function show(root: HTMLElement): Promise<void> {
  let shown: string | null = null;
  const draw = (): void => {
    const [id, isNew] = [state().get("id"), state().has("new")];
    const wanted = id ?? (isNew ? "new" : "");
    if (wanted === shown) return;
    shown = wanted;
    const place = el("div", { class: "stack surveys" });
    replace(root, place);
    if (id) showOne(place, id);
    else if (isNew) showNew(place);
    else showList(place);
  };
  onState(draw);
  draw();
}
