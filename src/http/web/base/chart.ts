// Charts: a figure with a sentence, the drawing, and the same numbers as a table. ECharts comes as its own module,
// made when the program was built with Node at hand; without it the table stands alone and a note says why.

import type { ECElementEvent, EChartsOption, EChartsType } from "echarts";
import { saveFile } from "./api.ts";
import { el, icon, replace } from "./dom.ts";

type Library = typeof import("../charts.ts");
export type ChartOptions = {
  title: string;
  /** One sentence that says what is to be seen. */
  summary: string;
  height?: number;
  option: () => EChartsOption;
  table: () => HTMLElement;
  downloads?: HTMLElement;
  onClick?: (params: ECElementEvent) => void;
  /** The heading's level, 2 or 3 (a chart inside a card). */
  level?: 2 | 3;
};

let library: Promise<Library | null> | null = null;

/** The charts module, or `null` where the program was built without it. */
export function charts(): Promise<Library | null> {
  // A variable, so that nobody tries to resolve it before the page runs.
  const address = "/assets/charts.js";
  library ??= (import(address) as Promise<Library>).catch(() => null);
  return library;
}

/** The colours of the present look, read from the tokens. */
export const palette = () => {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => token(`series-${n}`)),
    heat: [1, 2, 3, 4, 5].map((n) => token(`heat-${n}`)),
    ink: token("ink"), soft: token("soft"), line: token("line"), ground: token("ground"), surface: token("surface"),
    sunken: token("sunken"), accent: token("accent"), wash: token("accent-wash"), good: token("good"), warn: token("warn"),
    bad: token("bad"), tell: token("tell"), calm: token("calm"), band: token("band"),
  };
};

/** A figure with its drawing and its table. */
export function chart(options: ChartOptions): HTMLElement {
  const { title, summary, height = 320 } = options;
  const drawing = el("div", { class: "drawing", role: "img", "aria-label": `${title}：${summary}` });
  drawing.style.height = `${height}px`;
  const numbers = el("div", { class: "numbers", hidden: true });
  const note = el("p", { class: "note", hidden: true }, "本程序构建时没有 Node，未含图表，以下为同一份数据的表。",
    "要有图表，请在构建的机器上装好 Node 20.19 以上，执行 cargo clean -p guikou 后重新构建。");
  const views = el("span", { class: "switch", role: "group", "aria-label": "显示方式" });
  const saves = el("span", { class: "downloads", role: "group", "aria-label": "保存图" });
  const figure = el("figure", { class: "chart" },
    el("figcaption", {}, el(options.level === 3 ? "h3" : "h2", {}, title), el("p", { class: "summary" }, summary)),
    el("div", { class: "chart-tools no-print" }, views, saves, options.downloads),
    note, drawing, numbers);

  const show = (asTable: boolean): void => {
    if (asTable && numbers.childElementCount === 0) replace(numbers, options.table());
    drawing.hidden = asTable;
    numbers.hidden = !asTable;
    [pictureButton, tableButton].forEach((button, at) => button.setAttribute("aria-pressed", String(asTable === (at === 1))));
  };
  const pictureButton = el("button", { type: "button", onclick: () => show(false) }, icon("chart"), "图");
  const tableButton = el("button", { type: "button", onclick: () => show(true) }, icon("table"), "表");
  views.append(pictureButton, tableButton);
  show(false);

  void charts().then((library) => {
    if (!library) {
      note.hidden = false;
      views.hidden = saves.hidden = true;
      show(true);
      return;
    }
    replace(saves, icon("download"), saveButtons(library, options, drawing));
    draw(library, options, drawing);
  });
  return figure;
}

/** Draws, again when the look changes, and at another size when the box has one. */
function draw(library: Library, options: ChartOptions, place: HTMLElement): void {
  let drawn: EChartsType | null = null;
  const now = (again = false): void => {
    drawn?.dispose();
    if (!place.isConnected) return stop();
    drawn = library.init(place, look(), { renderer: "canvas", locale: "ZH" }) as EChartsType;
    // Drawn anew for another look (paper among them), it must stand at once.
    drawn.setOption({ ...complete(options.option()), ...(again && { animation: false }) });
    if (again) drawn.getZr().flush();
    if (options.onClick) drawn.on("click", options.onClick);
  };
  const resized = new ResizeObserver(() => {
    if (!place.isConnected) return stop();
    if (place.clientWidth === 0) return;
    if (drawn) drawn.resize();
    else now();
  });
  const redress = (): void => { if (drawn) now(true); };
  const stop = (): void => {
    resized.disconnect();
    document.removeEventListener("guikou-theme", redress);
    drawn?.dispose();
    drawn = null;
  };
  document.addEventListener("guikou-theme", redress);
  resized.observe(place);
}

const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** What holds for every chart: tooltips drawn in the canvas (the policy forbids inline styles), little movement. */
function complete(option: EChartsOption): EChartsOption {
  const tooltips = (Array.isArray(option.tooltip) ? option.tooltip : [option.tooltip ?? {}]).map((tooltip) => ({
    confine: true, ...tooltip, renderMode: "richText" as const,
  }));
  return { animation: !STILL.matches, animationDuration: 300, ...option, tooltip: tooltips };
}

/** The tokens as an ECharts theme. */
function look(): object {
  const colours = palette();
  const text = { color: colours.soft, fontSize: 12 };
  const axis = {
    axisLine: { lineStyle: { color: colours.line } }, axisTick: { lineStyle: { color: colours.line } }, axisLabel: text,
    nameTextStyle: text, splitLine: { lineStyle: { color: colours.line } }, splitArea: { show: false },
  };
  return {
    color: colours.series, backgroundColor: "transparent",
    textStyle: { color: colours.ink, fontFamily: getComputedStyle(document.body).fontFamily },
    title: { textStyle: { color: colours.ink, fontSize: 14 }, subtextStyle: text },
    legend: { top: 0, bottom: "auto", textStyle: { color: colours.ink, fontSize: 12 }, inactiveColor: colours.line, icon: "roundRect", itemWidth: 14, itemHeight: 8, pageTextStyle: text },
    tooltip: {
      backgroundColor: colours.surface, borderColor: colours.line, textStyle: { color: colours.ink, fontSize: 13 },
      axisPointer: { lineStyle: { color: colours.soft }, crossStyle: { color: colours.soft } },
    },
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    categoryAxis: { ...axis, splitLine: { show: false } }, valueAxis: { ...axis, axisLine: { show: false } }, timeAxis: axis, logAxis: axis,
    visualMap: { textStyle: text, inRange: { color: colours.heat } },
    line: { symbol: "circle", symbolSize: 5, lineStyle: { width: 2 } },
    bar: { barMaxWidth: 28, itemStyle: { borderRadius: 2 } },
    dataZoom: { textStyle: text, borderColor: colours.line, fillerColor: colours.wash, handleStyle: { color: colours.accent } },
    map: { itemStyle: { areaColor: colours.sunken, borderColor: colours.line }, label: { color: colours.ink } },
    geo: { itemStyle: { areaColor: colours.sunken, borderColor: colours.line }, label: { color: colours.ink } },
  };
}

/** PNG and SVG, made anew and without movement, on the page's own ground. */
function saveButtons(library: Library, options: ChartOptions, place: HTMLElement): HTMLElement[] {
  const size = () => ({ width: place.clientWidth || 960, height: options.height ?? 320 });
  const option = () => ({ ...complete(options.option()), animation: false, backgroundColor: palette().surface });
  const asSvg = (): void => {
    const made = library.init(null, look(), { renderer: "svg", ssr: true, locale: "ZH", ...size() });
    made.setOption(option());
    saveFile(`${options.title}.svg`, new Blob([made.renderToSVGString()], { type: "image/svg+xml" }));
    made.dispose();
  };
  const asPng = (): void => {
    const { width, height } = size();
    const canvas = el("canvas", { width: width * 2, height: height * 2 });
    const made = library.init(canvas as unknown as HTMLDivElement, look(), { renderer: "canvas", devicePixelRatio: 2, locale: "ZH", width, height });
    made.setOption(option());
    made.getZr().flush();
    canvas.toBlob((blob) => { if (blob) saveFile(`${options.title}.png`, blob); made.dispose(); });
  };
  const button = (name: string, act: () => void): HTMLElement =>
    el("button", { type: "button", class: "link", "aria-label": `保存为 ${name}`, onclick: act }, name);
  return [button("PNG", asPng), button("SVG", asSvg)];
}
