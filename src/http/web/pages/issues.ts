// 诉求组: events told by many. `?id=` is one of them.
import { el, replace } from "../base/dom.ts";
import { onState, state } from "../base/state.ts";
import { showList } from "./issues/list.ts";
import { showOne } from "./issues/one.ts";

export const title = "诉求组";

/** Draws the page: the list, or one group over it, so that Back finds the list as it was. */
export async function show(root: HTMLElement): Promise<void> {
  const list = el("div", { class: "issues-list" });
  const one = el("div", { class: "issues-one" });
  replace(root, list, one);
  let listed = false;
  let shown = "";
  let scrolled = 0;
  const draw = (): void => {
    const id = state().get("id");
    const what = id ? `${id} ${state().get("as") ?? ""}` : "";
    if (id && shown === "") scrolled = scrollY;
    list.hidden = id !== null;
    one.hidden = id === null;
    if (!id && !listed) {
      listed = true;
      showList(list);
    }
    if (what === shown) return;
    shown = what;
    if (id) {
      scrollTo(0, 0);
      showOne(one, id);
    } else {
      document.title = `${title} · 归口`;
      replace(one);
      scrollTo(0, scrolled);
    }
  };
  onState(draw);
  draw();
}
