// Elements, made in one line. Texts become text nodes, never markup.

export type Child = Node | string | number | null | undefined | false | readonly Child[];
type Listener = (event: never) => unknown;
export type Attributes = Record<string, string | number | boolean | null | undefined | Listener>;

/** Makes an element: `el("p", { class: "note", onclick: act }, "text", child)`; empty children are left out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children) as SVGElement;
}

/** Empties an element and fills it anew. */
export function replace(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...nodes(children));
}

function fill<E extends Element>(node: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value as EventListener);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...nodes(children));
  return node;
}

function nodes(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child): (Node | string)[] => {
    if (Array.isArray(child)) return nodes(child);
    if (child === null || child === undefined || child === false || child === "") return [];
    return [child instanceof Node ? child : String(child)];
  });
}

// ── icons: strokes on a 20 × 20 sheet, drawn for these pages ────────────────────────────────────────────────────────

const ICONS = {
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12Zm4.5-1.5L17 17",
  download: "M10 3v9m-4-3.5 4 4 4-4M4 16.5h12",
  link: "M8.5 11.5a3.2 3.2 0 0 0 4.6 0l2.5-2.5a3.2 3.2 0 0 0-4.6-4.6l-.8.8m1.3 3.3a3.2 3.2 0 0 0-4.6 0L4.4 11A3.2 3.2 0 0 0 9 15.6l.8-.8",
  undo: "M7 4 3.5 7.5 7 11M3.8 7.5H12a4.5 4.5 0 0 1 0 9H8",
  merge: "M4 4c0 5 6 4 6 8v5M16 4c0 5-6 4-6 8m-3 2 3 3 3-3",
  split: "M10 17v-5c0-4-6-3-6-8m6 8c0-4 6-3 6-8M1.8 6 4 3.5 6.2 6m7.6 0L16 3.5 18.2 6",
  bell: "M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13L5 14Zm3.5 3.5h3",
  check: "m4 10.5 4 4 8-9",
  edit: "m4 16 .8-3.6L13 4.2a1.6 1.6 0 0 1 2.3 0l.5.5a1.6 1.6 0 0 1 0 2.3L7.6 15.2 4 16Z",
  back: "M16 10H4m5-5-5 5 5 5",
  forward: "M4 10h12m-5-5 5 5-5 5",
  close: "m5 5 10 10M15 5 5 15",
  sort: "M7 16V4M4 7l3-3 3 3m3-3v12m-3-3 3 3 3-3",
  up: "m5 12 5-5 5 5",
  down: "m5 8 5 5 5-5",
  filter: "M3 5h14l-5.5 6v5l-3-1.5V11L3 5Z",
  warn: "M10 3 2.5 16.5h15L10 3Zm0 5v4m0 2v.2",
  info: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM10 9v5m0-7.7v.2",
  key: "M7 13.5a3.5 3.5 0 1 1 3.4-4.3H17v3h-2v-1.5h-1.5v1.5h-3.2A3.5 3.5 0 0 1 7 13.5Zm-.5-3.5h.1",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16 12.5A6.5 6.5 0 0 1 7.5 4a6.5 6.5 0 1 0 8.5 8.5Z",
  auto: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-14v14",
  help: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM7.8 8a2.2 2.2 0 1 1 3.3 1.9c-.7.4-1.1.8-1.1 1.6m0 2.4v.2",
  add: "M10 4v12M4 10h12",
  copy: "M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5V7Z",
  person: "M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Zm-6 7c0-3 2.5-5 6-5s6 2 6 5",
  place: "M10 18s5.5-5 5.5-9.5a5.5 5.5 0 0 0-11 0C4.5 13 10 18 10 18Zm0-7.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  clock: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM10 5.5V10l3 2",
  table: "M3 4h14v12H3V4Zm0 4h14M3 12h14M8 4v12",
  chart: "M3 17h14M5 14V9m4 5V5m4 9v-6m4 6V7",
  print: "M6 7V3h8v4M6 14H3.5V7h13v7H14m-8-2h8v5H6v-5Z",
  more: "M5 10h.1M10 10h.1M15 10h.1",
  lock: "M5 9h10v7.5H5V9Zm2 0V6.5a3 3 0 0 1 6 0V9",
  refresh: "M16 7a6.5 6.5 0 1 0 .5 4.5M16.5 3.5V7H13",
} as const;

export type IconName = keyof typeof ICONS;

/** A small picture beside words; it says nothing of its own to a screen reader. */
export function icon(name: IconName): SVGElement {
  return svg("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] }));
}
