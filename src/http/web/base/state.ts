// What is looked at lives in the address bar: reload, Back and a shared link show the same.

type Changes = Record<string, string | string[] | null | undefined>;

const listeners = new Set<(now: URLSearchParams) => void>();

/** What the address bar says now. */
export function state(): URLSearchParams {
  return new URLSearchParams(location.search);
}

/** The address with some values changed (`null` takes a value away), for links. */
export function address(changes: Changes, path = location.pathname): string {
  const next = path === location.pathname ? state() : new URLSearchParams();
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") next.append(name, one);
  }
  const query = next.toString();
  return query ? `${path}?${query}` : path;
}

/** Changes the address and tells the listeners; `replace` for what Back should not stop at. */
export function go(changes: Changes, how: "push" | "replace" = "push"): void {
  const next = address(changes);
  if (next === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", next);
  else history.replaceState(null, "", next);
  tell();
}

/** Calls whenever the address changes: by `go`, Back or Forward. */
export function onState(listener: (now: URLSearchParams) => void): void {
  listeners.add(listener);
}

function tell(): void {
  const now = state();
  for (const listener of listeners) listener(now);
}

// Moving to another heading of the same page is no other state.
let shown = location.search;
onState(() => { shown = location.search; });
addEventListener("popstate", () => { if (location.search !== shown) tell(); });
