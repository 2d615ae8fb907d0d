// The same figures as a table with its margins; every cell that can be listed leads to its cases.
import { casesLink, type Schema } from "../../base/api.ts";
import { el, type Child } from "../../base/dom.ts";
import { change, count, percent } from "../../base/format.ts";
import { table, type Column } from "../../base/table.ts";
import { bar, chip } from "../../base/text.ts";
import { heatTable } from "../hotspots/heat.ts";
import { AGAINST, MEASURES, type Asked } from "./asked.ts";
import { cellValue, written } from "./plot.ts";
import { into, opens } from "./trail.ts";

type Volumes = Schema<"Volumes">;
type Row = Schema<"Volume">;

/** The table that suits what was asked: a list, or a pivot. */
export function numbers(volumes: Volumes, asked: Asked): HTMLElement {
  return asked.columns ? crossed(volumes, asked) : list(volumes, asked);
}

/** A row's name, to be opened where there is something inside; marked where its time is not over. */
function head(row: Row, asked: Asked): Child {
  const name = opens(row, asked)
    ? el("button", { type: "button", class: "link", title: `看${row.name}里面`, onclick: () => into(row, asked) }, row.name)
    : row.name;
  return row.partial ? el("span", { class: "named" }, name, chip("未完", "warn", "这一时段尚未结束，或被所选起止截去一部分")) : name;
}

/** What a row is compared with: a time with the one before it, anything else with itself in the earlier stretch. */
function comparedTo({ rows, against }: Asked): string {
  if (against === "none") return "";
  return rows.time && against === "previous" ? `上一${rows.name}` : AGAINST[against].replace(/^.*（(.*)）$/, "$1");
}

function list(volumes: Volumes, asked: Asked): HTMLElement {
  const { rows, against } = asked;
  const then = (row: Row) => (against === "none" ? null : row[against]);
  const before = comparedTo(asked);
  const most = Math.max(0, ...volumes.rows.filter((row) => row.code !== null && row.code !== undefined).map((row) => row.share));
  const columns: Column<Row>[] = [
    { key: "name", name: rows.name, cell: (row) => head(row, asked), ...(rows.ordered ? {} : { sort: (row: Row) => row.name }) },
    { key: "cases", name: "件数", number: true, cell: (row) => casesLink(row.link, count(row.cases)), sort: (row) => row.cases },
    { key: "people", name: "人数", number: true, help: "同一来电人只算一次", cell: (row) => count(row.people), sort: (row) => row.people },
    {
      key: "share", name: "占比", sort: (row) => row.share,
      help: "条长以最多的一个为满", cell: (row) => el("span", { class: "share" }, row.code ? bar(most > 0 ? row.share / most : 0) : el("span"), el("span", {}, percent(row.share))),
    },
  ];
  if (against !== "none") {
    columns.push(
      { key: "then", name: before, number: true, cell: (row) => casesLink(then(row)?.cases ? then(row)?.link : null, count(then(row)?.cases)), sort: (row) => then(row)?.cases },
      { key: "change", name: "增减", number: true, help: "对比期不足 20 件不给增减幅度", cell: (row) => change(then(row)?.change), sort: (row) => then(row)?.change });
  }
  return table<Row>({ caption: `按${rows.name}`, quiet: true, dense: true, rows: volumes.rows, columns });
}

function crossed(volumes: Volumes, asked: Asked): HTMLElement {
  const { rows, columns, measure } = asked;
  const against = comparedTo(asked);
  const then = (row: Row) => (asked.against === "none" ? null : row[asked.against]);
  const base = asked.against === "none" || (rows.time && asked.against === "previous") ? null : volumes[asked.against];
  const whole = (cases: number, link: string | null | undefined): Child => casesLink(link, count(cases));
  return heatTable({
    caption: `${rows.name} × ${columns!.name}，${measure === "share" ? "占该行" : MEASURES.cases}`, corner: rows.name,
    columns: (volumes.columns ?? []).map((column) => ({ name: column.name, head: column.name })),
    rows: volumes.rows.map((row) => ({
      name: row.name, head: head(row, asked), total: whole(row.cases, row.link),
      extra: against ? [casesLink(then(row)?.cases ? then(row)?.link : null, count(then(row)?.cases)), change(then(row)?.change)] : [],
      cells: (row.cells ?? []).map((cell, at) => ({
        // 其余 is no kind of its own; shading it would bleach the others.
        value: row.code && volumes.columns?.[at]?.code ? cellValue(row, at, measure) : null, text: cell.cases > 0 ? written(cellValue(row, at, measure), measure) : "0",
        link: cell.cases > 0 ? cell.link : null, title: `${row.name} · ${volumes.columns?.[at]?.name ?? ""}：${count(cell.cases)} 件`,
      })),
    })),
    totals: (volumes.columns ?? []).map((column) => whole(column.cases, column.link)),
    whole: whole(volumes.total, volumes.link),
    extra: against ? [against, "增减"] : [], extraWhole: against ? [count(base?.cases), change(base?.change)] : [],
  });
}
