// The shell of every page: top bar, then the page's own module.

import { type Schema, askKey, casesLink, get, stream } from "./base/api.ts";
import { dialog } from "./base/dialog.ts";
import { type IconName, el, icon, replace } from "./base/dom.ts";
import { ago, count, moment } from "./base/format.ts";
import { help, key } from "./base/keys.ts";
import { empty, failure, notice } from "./base/notice.ts";
import { chip } from "./base/text.ts";
import { THEMES, type Theme, dress, theme } from "./base/theme.ts";

type Page = { title: string; show: (root: HTMLElement) => Promise<void> };
type Entry = [path: string, name: string, title: string];

/** What the top bar leads to; the number is the key after `g`. */
const NAVIGATION: Entry[] = [
  ["/", "desk", "派单台"], ["/cases", "cases", "案件"], ["/hotspots", "hotspots", "热点"], ["/issues", "issues", "诉求组"],
  ["/figures", "figures", "统计"], ["/departments", "departments", "办理"], ["/quality", "quality", "质量"], ["/surveys", "surveys", "调查"],
  ["/reports", "reports", "报告"],
];

const page = document.documentElement.dataset.page ?? "";
const top = document.getElementById("top")!;
const main = document.getElementById("main")!;

// ── the top bar ────────────────────────────────────────────────────────────────────────────────────────────────────

function navigation(): HTMLElement {
  const entries = NAVIGATION.map(([path, name, title]) =>
    el("li", {}, el("a", { href: path, "aria-current": name === page ? "page" : null }, title)));
  const list = el("nav", { "aria-label": "栏目" }, el("ul", {}, entries));
  // On a narrow screen a link may lie outside the strip, the present page's too.
  list.addEventListener("focusin", (event) => { if (event.target instanceof Element) event.target.scrollIntoView({ block: "nearest", inline: "nearest" }); });
  requestAnimationFrame(() => {
    const current = list.querySelector<HTMLElement>("[aria-current]");
    if (current) list.scrollLeft = current.offsetLeft - list.offsetLeft - 24;
  });
  return list;
}

const tool = (name: IconName, label: string, act: () => void, more = ""): HTMLButtonElement =>
  el("button", { type: "button", class: `bare ${more}`, "aria-label": label, title: label, onclick: act }, icon(name));

function themeTool(): HTMLElement {
  const icons: Record<Theme, IconName> = { auto: "auto", light: "sun", dark: "moon" };
  const order = Object.keys(THEMES) as Theme[];
  const button = tool("auto", "", () => { dress(order[(order.indexOf(theme()) + 1) % order.length]!); label(); });
  const label = (): void => {
    replace(button, icon(icons[theme()]));
    button.title = `深浅色：${THEMES[theme()]}`;
    button.setAttribute("aria-label", button.title);
  };
  label();
  return button;
}

/** The state of the service in a word; a click tells the rest. */
function serviceTool(): HTMLElement {
  const words = el("span", {}, "服务");
  const button = el("button", { type: "button", class: "bare service" }, el("i"), words);
  const say = (tone: string, text: string): void => { button.className = `bare service ${tone}`; words.textContent = text; };
  get<Schema<"Info">>("/v1/info").then((info) => {
    say(info.degraded ? "warn" : "good", info.degraded ? "降级运行" : info.demo ? "演示数据" : "服务正常");
    button.addEventListener("click", () => dialog({ title: "服务", body: serviceFacts(info) }));
  }).catch((error: unknown) => {
    say("bad", "连不上服务");
    button.addEventListener("click", () => dialog({ title: "服务", body: failure(error) }));
  });
  return button;
}

function serviceFacts(info: Schema<"Info">): HTMLElement {
  const rows = [
    ["版本", info.version], ["模型", info.versions.model], ["分类", info.versions.taxonomy], ["规则", info.versions.rules],
    ["启动", `${moment(info.started_at)}（${ago(info.started_at)}）`], ["数据", info.demo ? "演示数据，非真实诉求" : "本地数据库"],
  ];
  return el("div", { class: "stack" },
    info.lacking.map((lack) => el("p", {}, chip("缺少", "warn"), " ", lack)),
    el("dl", { class: "pairs" }, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("p", {}, el("a", { href: "/docs/" }, "接口文档")));
}

// ── alerts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

type Alert = Schema<"Alert">;
const TONES: Record<string, "bad" | "warn" | "tell"> = { red: "bad", orange: "bad", yellow: "warn" };
const LEVELS: Record<string, string> = { red: "红色预警", orange: "橙色预警", yellow: "黄色预警", blue: "蓝色预警" };
const MOST = 100;

/** Open alerts: how many, the list, and a word when one is raised. */
function alertTool(): HTMLElement {
  let open: Alert[] = [];
  const badge = el("span", { class: "badge", hidden: true });
  const button = tool("bell", "预警", () => dialog({ title: "未处理的预警", body: alertList(open) }));
  button.append(badge);
  const refresh = async (): Promise<void> => {
    open = (await get<Schema<"Alerts">>("/v1/alerts", { state: "open", page_size: MOST })).items;
    badge.hidden = open.length === 0;
    badge.textContent = open.length >= MOST ? `${MOST}+` : count(open.length);
    badge.classList.toggle("calm", !open.some((alert) => TONES[alert.level] === "bad"));
    button.setAttribute("aria-label", `预警：${badge.textContent || 0} 条未处理`);
    button.title = button.getAttribute("aria-label")!;
  };
  const again = (): void => { refresh().catch(() => undefined); };
  again();
  const raised = (data: unknown): void => {
    const { level, title } = data as Schema<"AlertEntry">;
    notice(`${LEVELS[level] ?? "预警"}：${title}`, { tone: TONES[level] === "bad" ? "bad" : "warn" });
    again();
  };
  stream("/v1/alerts/stream", { raised, escalated: raised, acknowledged: again, dismissed: again, joined: again });
  return button;
}

function alertList(open: Alert[]): HTMLElement {
  if (open.length === 0) return empty("没有未处理的预警", el("p", {}, "同一事件短时间内多人反映、某类诉求突增时，这里会提醒。"));
  const rows = open.map((alert) => el("li", {},
    chip(alert.level_name, TONES[alert.level]), el("b", {}, casesLink(alert.link, alert.title)),
    el("p", {}, `${alert.sentence} · ${ago(alert.raised_at)}`)));
  return el("div", { class: "stack" }, el("ul", { class: "alert-list" }, rows),
    el("p", {}, el("a", { href: "/hotspots?tab=alerts" }, "到“热点”处理预警")));
}

// ── the page ───────────────────────────────────────────────────────────────────────────────────────────────────────

async function show(): Promise<void> {
  try {
    // A variable address: only the page that is shown is fetched, and no table of modules need be kept.
    const address = `/assets/pages/${page}.ts`;
    const module = await (import(address) as Promise<Page>);
    document.title = `${module.title} · 归口`;
    await module.show(main);
  } catch (error) {
    console.error(error);
    replace(main, failure(error, () => location.reload()));
  } finally {
    main.setAttribute("aria-busy", "false");
    performance.mark("drawn");
  }
}

const tools = el("div", { class: "tools" }, serviceTool(), alertTool(), themeTool(),
  tool("key", "API 密钥", () => void askKey().then((given) => { if (given) location.reload(); }), "only-wide"),
  tool("help", "按键（?）", help, "only-wide"));
top.append(navigation(), tools);
NAVIGATION.forEach(([path, , title], at) => key(`g ${at + 1}`, `去${title}`, () => location.assign(path)));
key("?", "按键一览", help);
void show();
