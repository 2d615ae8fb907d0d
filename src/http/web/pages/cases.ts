// 案件: the list behind every number, and one case whole.

import { taxonomy } from "../base/api.ts";
import { el, replace } from "../base/dom.ts";
import { onState, state } from "../base/state.ts";
import { list } from "./cases/list.ts";
import { whole } from "./cases/whole.ts";

export const title = "案件";

export async function show(root: HTMLElement): Promise<void> {
  const place = el("div", { class: "stack" });
  root.append(place);
  const names = await taxonomy();
  const id = state().get("id");
  if (id) await whole(place, id, names);
  else list(place, names);
  // Between the list and a case the page is loaded anew; Back within the list is its own.
  onState((now) => { if ((now.get("id") ?? null) !== id) { replace(place); location.reload(); } });
}
