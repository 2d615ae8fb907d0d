// 地图: counts on the city's own boundaries, where a file of them was given.
import { casesAddress, casesLink, get, saveFile, taxonomy, type Schema } from "../../base/api.ts";
import { palette } from "../../base/chart.ts";
import { el, icon, replace, svg } from "../../base/dom.ts";
import { count } from "../../base/format.ts";
import { block, notice, words } from "../../base/notice.ts";
import { table } from "../../base/table.ts";
import { heatLegend } from "./heat.ts";
import { areas, called, join, lay, type Area, type Known } from "./geojson.ts";
import { forgetMap, keepMap, keptMap, type KeptMap } from "./kept.ts";
import { region } from "./controls.ts";
import { COMMON, narrowed, wholeDays } from "./look.ts";

type Volumes = Schema<"Volumes">;
type Row = Schema<"Volume">;

const WIDE = 760;
const BIGGEST = 64 * 1024 * 1024;

/** For the life of the page, so that a browser that keeps nothing still shows the map. */
let held: KeptMap | null = null;

/** The tab. */
export function map(): HTMLElement {
  return el("div", { class: "stack" }, region(COMMON, block(520), draw));
}

async function draw(place: HTMLElement): Promise<void> {
  held ??= await keptMap();
  if (!held) {
    replace(place, asking(place));
    return;
  }
  try {
    replace(place, ...(await drawn(place, held.name, areas(held.text))));
  } catch (error) {
    replace(place, el("p", { class: "trouble", role: "alert" }, icon("warn"), words(error)), asking(place));
  }
}

// ── giving a file ───────────────────────────────────────────────────────────────────────────────────────────────────

function asking(place: HTMLElement): HTMLElement {
  const input = el("input", { type: "file", accept: ".geojson,.json,application/geo+json", class: "hidden", tabindex: "-1", "aria-hidden": "true" });
  input.addEventListener("change", () => { if (input.files?.[0]) void take(place, input.files[0]); });
  const box = el("div", {
    class: "state map-asking",
    ondragover: (event: DragEvent) => event.preventDefault(),
    ondrop: (event: DragEvent) => {
      event.preventDefault();
      if (event.dataTransfer?.files[0]) void take(place, event.dataTransfer.files[0]);
    },
  },
    icon("place"), el("p", { class: "state-title" }, "还没有本市的地图"),
    el("p", {}, "给一个区县或街道边界的 GeoJSON 文件，件数就画在图上。文件只留在这台电脑的浏览器里，不上传。"),
    el("ul", { class: "map-how" },
      el("li", {}, "边界可向本市自然资源和规划部门索取；Shapefile 用 QGIS 等转为 GeoJSON 即可。"),
      el("li", {}, "每个面的属性里要有名称（如“樊城区”）或区划代码（如“420606”），属性名不限。"),
      el("li", {}, "坐标经纬度或平面坐标都可以。")),
    el("button", { type: "button", class: "main", onclick: () => input.click() }, "选择文件"), input,
    el("p", {}, el("small", {}, "也可以把文件拖到这里")));
  return box;
}

async function take(place: HTMLElement, file: File): Promise<void> {
  try {
    if (file.size > BIGGEST) throw new Error("文件超过 64 MB，请先简化边界。");
    const text = await file.text();
    areas(text);
    held = { name: file.name, text };
    if (!(await keepMap(held))) notice("这个浏览器不肯保存文件，关闭页面后要重新选择。", { tone: "warn" });
    await draw(place);
  } catch (error) {
    notice(words(error), { tone: "bad" });
  }
}

// ── the map ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Counts by the places that the file has: districts, or streets where it fits those better. */
async function counted(all: Area[]): Promise<{ volumes: Volumes; keys: (string | null)[]; property: string | null; what: string }> {
  const query = { ...narrowed(), ...wholeDays() };
  const [names, districts, streets] = await Promise.all([
    taxonomy(), get<Volumes>("/v1/volumes", { ...query, by: "district" }), get<Volumes>("/v1/volumes", { ...query, by: "street" }),
  ]);
  const known: Known[] = names.districts.map((one) => ({ key: one.name, names: [...(one.aliases ?? []), ...(one.code ? [one.code] : [])] }));
  const byDistrict = join(all, known);
  const byStreet = join(all, streets.rows.flatMap(({ code }) => (code && code !== "-" ? [{ key: code, names: [] }] : [])));
  const many = (one: { places: (string | null)[] }) => one.places.filter(Boolean).length;
  return many(byStreet) > many(byDistrict)
    ? { volumes: streets, keys: byStreet.places, property: byStreet.property, what: "街道" }
    : { volumes: districts, keys: byDistrict.places, property: byDistrict.property, what: "区县" };
}

async function drawn(place: HTMLElement, file: string, all: Area[]): Promise<HTMLElement[]> {
  const { volumes, keys, property, what } = await counted(all);
  const row = (at: number): Row | undefined => volumes.rows.find((one) => one.code === keys[at]);
  const sheet = plotted(all, keys, property, row, volumes);
  const missing = volumes.rows.filter((one) => one.code !== "-" && !keys.includes(one.code ?? null));
  const unknown = all.filter((_, at) => !keys[at]).map((area) => called(area, property));
  const nowhere = volumes.rows.find((one) => one.code === "-");
  const title = `各${what}件数`;
  return [
    el("div", { class: "block-head" },
      el("h3", {}, title), heatLegend(false),
      el("span", { class: "downloads no-print", role: "group", "aria-label": "保存图" }, icon("download"),
        el("button", { type: "button", class: "link", "aria-label": "保存为 PNG", onclick: () => savePng(sheet, title) }, "PNG"),
        el("button", { type: "button", class: "link", "aria-label": "保存为 SVG", onclick: () => saveSvg(sheet, title) }, "SVG")),
      el("span", { class: "soft" }, file),
      el("button", { type: "button", class: "quiet no-print", onclick: async () => { held = null; await forgetMap(); await draw(place); } }, "换地图")),
    el("div", { class: "map" },
      el("div", { class: "map-sheet" }, sheet),
      el("div", {},
        table<Row>({
          caption: `${title}，共 ${count(volumes.total)} 件`, dense: true, rows: volumes.rows, sort: { key: "cases", down: true },
          columns: [
            { key: "name", name: what, cell: (one) => one.name, sort: (one) => one.name },
            { key: "cases", name: "件数", number: true, cell: (one) => casesLink(one.link, count(one.cases)), sort: (one) => one.cases },
            { key: "people", name: "人数", number: true, cell: (one) => count(one.people), sort: (one) => one.people },
          ],
        }),
        nowhere && el("p", { class: "soft" }, `${count(nowhere.cases)} 件没有读出${what}，不在图上。`),
        missing.length > 0 && el("p", { class: "soft" }, `图上没有：${missing.map((one) => one.name).join("、")}。`),
        unknown.length > 0 && el("p", { class: "soft" }, `图上这些面对不上${what}：${unknown.slice(0, 12).join("、")}${unknown.length > 12 ? " 等" : ""}。`))),
  ];
}

function plotted(all: Area[], keys: (string | null)[], property: string | null, row: (at: number) => Row | undefined, volumes: Volumes): SVGElement {
  const { laid, height } = lay(all, WIDE);
  const most = Math.max(1, ...volumes.rows.filter((one) => one.code !== "-").map((one) => one.cases));
  const shapes = laid.map(({ area, path }, at) => {
    const found = row(at);
    const name = keys[at] ?? called(area, property);
    const cases = keys[at] ? found?.cases ?? 0 : null;
    const step = cases ? Math.min(5, Math.ceil(Math.sqrt(cases / most) * 5)) : 0;
    const shape = svg("path", { class: `area h${step}`, d: path }, svg("title", {}, `${name}：${cases === null ? "对不上" : `${count(cases)} 件`}`));
    return found?.link ? svg("a", { href: casesAddress(found.link), "aria-label": `${name} ${count(cases)} 件，看案件` }, shape) : shape;
  });
  const labels = laid.map(({ area, at: [x, y] }, at) => svg("text", { x: x.toFixed(1), y: y.toFixed(1), "aria-hidden": "true" },
    svg("tspan", { x: x.toFixed(1) }, keys[at] ?? called(area, property)),
    keys[at] && svg("tspan", { x: x.toFixed(1), dy: "1.2em", class: "count" }, count(row(at)?.cases ?? 0))));
  return svg("svg", { class: "map-svg", viewBox: `0 0 ${WIDE} ${height}`, role: "group", "aria-label": "地图：每个面连到它的案件" }, ...shapes, ...labels);
}

// ── saving ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A copy that carries its colours: a file has no style sheet of ours. */
function dressed(sheet: SVGElement): SVGElement {
  const copy = sheet.cloneNode(true) as SVGElement;
  const [from, to] = [sheet.querySelectorAll("path, text, tspan"), copy.querySelectorAll("path, text, tspan")];
  from.forEach((node, at) => {
    const style = getComputedStyle(node);
    for (const name of ["fill", "stroke", "stroke-width", "font-size", "font-weight", "font-family", "text-anchor", "paint-order", "stroke-linejoin"]) {
      to[at]!.setAttribute(name, style.getPropertyValue(name));
    }
  });
  for (const link of copy.querySelectorAll("a")) link.removeAttribute("href");
  const [, , width, height] = (copy.getAttribute("viewBox") ?? "").split(" ");
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width ?? "");
  copy.setAttribute("height", height ?? "");
  copy.prepend(svg("rect", { width: width ?? "", height: height ?? "", fill: palette().surface }));
  return copy;
}

function saveSvg(sheet: SVGElement, title: string): void {
  saveFile(`${title}.svg`, new Blob([new XMLSerializer().serializeToString(dressed(sheet))], { type: "image/svg+xml" }));
}

/** Drawn by hand on a canvas: the policy lets no picture be made of a made-up address. */
function savePng(sheet: SVGElement, title: string): void {
  const [, , width, height] = (sheet.getAttribute("viewBox") ?? "0 0 1 1").split(" ").map(Number) as [number, number, number, number];
  const canvas = el("canvas", { width: width * 2, height: height * 2 });
  const pen = canvas.getContext("2d")!;
  pen.scale(2, 2);
  pen.fillStyle = palette().surface;
  pen.fillRect(0, 0, width, height);
  for (const area of sheet.querySelectorAll<SVGPathElement>("path.area")) {
    const [path, style] = [new Path2D(area.getAttribute("d") ?? ""), getComputedStyle(area)];
    pen.fillStyle = style.fill;
    pen.fill(path, "evenodd");
    pen.strokeStyle = style.stroke;
    pen.stroke(path);
  }
  pen.textAlign = "center";
  for (const label of sheet.querySelectorAll("text")) {
    const style = getComputedStyle(label);
    pen.fillStyle = style.fill;
    pen.font = `${style.fontSize} ${style.fontFamily}`;
    [...label.children].forEach((line, at) =>
      pen.fillText(line.textContent ?? "", Number(label.getAttribute("x")), Number(label.getAttribute("y")) + at * 14));
  }
  canvas.toBlob((blob) => { if (blob) saveFile(`${title}.png`, blob); });
}
