// Tables that sort, read well to a screen reader and can be walked with the arrow keys.

import { type Child, el, icon, replace } from "./dom.ts";

export type Column<R> = {
  key: string;
  name: string;
  cell: (row: R) => Child;
  /** Figures stand to the right, with digits of equal width. */
  number?: boolean;
  /** What to sort by; without it the column does not sort. Missing values come last. */
  sort?: (row: R) => number | string | null | undefined;
  /** A sentence on what the column says. */
  help?: string;
  /** Long texts: wraps and takes the room that is left. */
  wide?: boolean;
};

export type TableOptions<R> = {
  caption: string;
  columns: Column<R>[];
  rows: R[];
  empty?: Child;
  sort?: { key: string; down?: boolean };
  /** Is told what the reader sorts by, to keep it in the address. */
  onSort?: (by: { key: string; down: boolean }) => void;
  /** The rows come in order already (when not all of them are shown): who draws the table sorts them. */
  presorted?: boolean;
  dense?: boolean;
  /** What a click or Enter on a row does. */
  onRow?: (row: R) => void;
  /** The caption is for screen readers only, where a heading says the same. */
  quiet?: boolean;
};

/** A table in a box of its own that scrolls sideways when it must. */
export function table<R>(options: TableOptions<R>): HTMLElement {
  const { caption, columns, rows } = options;
  const body = el("tbody");
  const heads = columns.map((column) => head(column, () => sortBy(column)));
  let by = options.sort;

  function sortBy(column: Column<R>): void {
    by = { key: column.key, down: by?.key === column.key ? !by.down : Boolean(column.number) };
    if (!options.presorted) draw();
    options.onSort?.({ key: by.key, down: Boolean(by.down) });
  }

  function draw(): void {
    columns.forEach((column, at) => {
      const direction = by?.key === column.key ? (by.down ? "descending" : "ascending") : null;
      if (direction) heads[at]!.setAttribute("aria-sort", direction);
      else heads[at]!.removeAttribute("aria-sort");
    });
    const column = columns.find(({ key }) => key === by?.key);
    const shown = column?.sort && !options.presorted ? sorted(rows, column.sort, Boolean(by?.down)) : rows;
    replace(body, shown.map((row, at) => line(row, columns, at === 0, options.onRow)));
    if (rows.length === 0) {
      body.append(el("tr", {}, el("td", { colspan: columns.length, class: "nothing" }, options.empty ?? "没有符合条件的内容")));
    }
  }

  draw();
  const classes = ["table", options.dense && "dense", options.onRow && "rows"].filter(Boolean).join(" ");
  const whole = el("table", { class: classes },
    el("caption", { class: options.quiet ? "hidden" : null }, caption),
    el("thead", {}, el("tr", {}, heads)), body);
  if (options.onRow) walkable(body);
  return el("div", { class: "table-box", role: "region", "aria-label": caption, tabindex: "0" }, whole);
}

function head<R>(column: Column<R>, sort: () => void): HTMLElement {
  const content = column.sort
    ? el("button", { type: "button", class: "sort", title: column.help, onclick: sort }, column.name, icon("sort"))
    : column.help ? el("abbr", { title: column.help }, column.name) : column.name;
  return el("th", { scope: "col", class: classOf(column) }, content);
}

function classOf<R>(column: Column<R>): string | null {
  return [column.number && "number", column.wide && "wide"].filter(Boolean).join(" ") || null;
}

function line<R>(row: R, columns: Column<R>[], first: boolean, onRow?: (row: R) => void): HTMLElement {
  const cells = columns.map((column) => el("td", { class: classOf(column) }, column.cell(row)));
  if (!onRow) return el("tr", {}, cells);
  const act = (event: Event): void => {
    const inner = event.target instanceof Element ? event.target.closest("a, button, input, select, label, summary") : null;
    if (!inner && !String(getSelection() ?? "")) onRow(row);
  };
  const press = (event: KeyboardEvent): void => { if (event.key === "Enter" && event.target === event.currentTarget) onRow(row); };
  return el("tr", { tabindex: first ? "0" : "-1", onclick: act, onkeydown: press }, cells);
}

/** ↑ ↓ Home End move from row to row; Tab leaves the table's rows as one stop. */
function walkable(body: HTMLElement): void {
  body.addEventListener("keydown", (event) => {
    const rows = [...body.querySelectorAll<HTMLElement>("tr[tabindex]")];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (at < 0 || to === undefined || !rows[to]) return;
    event.preventDefault();
    rows[at]!.tabIndex = -1;
    rows[to].tabIndex = 0;
    rows[to].focus();
  });
}

function sorted<R>(rows: R[], value: (row: R) => number | string | null | undefined, down: boolean): R[] {
  const compare = (a: number | string, b: number | string): number =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "zh-CN");
  return rows.map((row) => ({ row, by: value(row) })).sort((a, b) => {
    const [noA, noB] = [a.by === null || a.by === undefined, b.by === null || b.by === undefined];
    if (noA || noB) return Number(noA) - Number(noB);
    return down ? compare(b.by!, a.by!) : compare(a.by!, b.by!);
  }).map(({ row }) => row);
}
