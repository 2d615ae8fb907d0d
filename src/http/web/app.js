// The page at `/`: sends one text to /v1/suggestions and shows the answer. Texts are only ever set as text, never as
// HTML. Offsets count Unicode scalar values, hence the arrays of characters.

const $ = (id) => document.getElementById(id);
const LONGEST = 10000;
const DECISIONS = {
  auto: "自动派单", suggest: "建议派单", manual: "人工派单", transfer_emergency: "紧急转接", redirect: "告知渠道",
};
const LEVELS = {
  city: "市级", district: "区县级", street: "街道（乡镇）", utility: "公用企业", transfer: "紧急转接", redirect: "告知渠道",
};
const PERSONAL = {
  phone: "手机号", landline: "座机号", id_card: "证件号", bank_card: "银行卡号", plate: "车牌", email: "邮箱",
  wechat: "微信号", qq: "QQ号", name: "姓名", house_no: "门牌",
};
const RELATIONS = {
  same_person_same_matter: ["同人同事", "warn"], other_person_same_matter: ["异人同事", "on"], related: ["相关", ""],
};
const URGENT = { normal: "", urgent: "warn", critical: "bad" };

/** Makes an element: el("p", { class: "note" }, "text", child, …); empty children are left out. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child || child === 0));
  return node;
}

const percent = (p) => `${Math.round(p * 100)}%`;
const sureness = (p) =>
  p >= 0.9 ? "很有把握" : p >= 0.7 ? "把握较大" : p >= 0.5 ? "把握一般" : p >= 0.3 ? "把握不大" : "把握很小";

function bar(p) {
  const fill = el("i");
  fill.style.width = percent(Math.min(1, Math.max(0, p)));
  return el("span", { class: "bar", "aria-hidden": "true" }, fill);
}

const barRow = (p, ...label) =>
  el("li", {}, el("span", { class: "label" }, ...label), bar(p), el("span", { class: "pct" }, percent(p)));

const card = (title, ...children) =>
  el("section", { class: "card", "aria-label": title }, el("h2", {}, title), ...children);

// ── the parts of an answer ─────────────────────────────────────────────────────────────────────────────────────────

function banner(answer) {
  const first = answer.assignment[0];
  return el("section", { class: `banner tone-${answer.decision}`, "aria-label": "处理意见" },
    el("h2", {}, DECISIONS[answer.decision] ?? answer.decision),
    el("p", {}, answer.decision_reason),
    first && el("p", { class: "sure" }, el("b", {}, percent(first.probability)), el("small", {}, `主办单位，${sureness(first.probability)}`)),
    answer.degraded && el("p", { class: "degraded" }, "降级运行：没有可用的模型，只按关键词和规则判断，请人工复核。"));
}

function units(answer) {
  const [first, ...others] = answer.assignment;
  if (!first) return card("归口单位", el("p", {}, "没有可推荐的单位，请人工派单。"));
  return card("归口单位",
    el("p", { class: "lead" },
      el("strong", {}, first.lead.name),
      el("span", { class: "chip on" }, LEVELS[first.level] ?? first.level),
      el("span", { class: "chip", title: "单位代码" }, first.lead.code)),
    first.co.length > 0 && el("p", { class: "with" }, el("span", {}, "协办"),
      first.co.map((unit) => el("span", { class: "chip" }, unit.name))),
    others.length > 0 && el("div", { class: "others" }, el("h2", {}, "其他可能"),
      el("ul", { class: "bars" }, others.map((other) => barRow(other.probability, other.lead.name)))));
}

function categories(answer) {
  if (answer.categories.length === 0) return null;
  return card("分类", el("ul", { class: "bars ranked" },
    answer.categories.map((c) => barRow(c.probability, el("small", {}, c.code), c.path.replace("/", " / ")))));
}

/** For each character: how much it spoke for the unit, whether it is masked, whether it is the place. */
function marks(chars, answer) {
  const marked = chars.map(() => ({ weight: 0, masked: "", place: false }));
  const paint = (start, end, how) => marked.slice(start, end).forEach(how);
  const spans = answer.assignment.flatMap((a, at) => (at === 0 ? a.reasons : [])).filter((r) => r.kind === "span");
  const heaviest = Math.max(...spans.map((span) => Math.abs(span.weight)), 1e-9);
  for (const span of spans) {
    paint(span.start, span.end, (mark) => { mark.weight = span.weight / heaviest; });
  }
  for (const masked of answer.masked) {
    paint(masked.start, masked.end, (mark) => { mark.masked = masked.kind; });
  }
  if (answer.location?.start != null) {
    paint(answer.location.start, answer.location.end, (mark) => { mark.place = true; });
  }
  return marked;
}

function markClass({ weight, masked, place }) {
  if (masked) return "masked";
  const word = weight > 0 ? `w${Math.min(3, 1 + Math.floor(weight * 2.99))}` : weight < 0 ? "against" : "";
  return [word, place ? "place" : ""].filter(Boolean).join(" ");
}

function told(text, answer) {
  const chars = Array.from(text);
  const marked = marks(chars, answer);
  const shown = el("p", { class: "told" });
  for (let start = 0; start < chars.length;) {
    const kind = markClass(marked[start]);
    let end = start + 1;
    while (end < chars.length && markClass(marked[end]) === kind && marked[end].masked === marked[start].masked) end += 1;
    const run = chars.slice(start, end).join("");
    if (kind === "masked") {
      const name = PERSONAL[marked[start].masked] ?? "个人信息";
      shown.append(el("mark", { class: kind, title: "已脱敏，模型看不到" }, `［${name}］`));
    } else {
      shown.append(kind ? el("mark", { class: kind }, run) : run);
    }
    start = end;
  }
  const has = (test) => marked.some(test);
  const legend = [
    [has((m) => m.weight > 0), "w2", "起作用的词"], [has((m) => m.weight < 0), "against", "不支持的词"],
    [has((m) => m.place), "place", "事发地"], [has((m) => m.masked), "masked", "已脱敏"],
  ].filter(([shows]) => shows).map(([, kind, name]) => el("span", {}, el("mark", { class: kind }, name)));
  return card("诉求原文", shown, legend.length > 0 && el("p", { class: "legend" }, legend));
}

function reason(reason) {
  switch (reason.kind) {
    case "rule": return el("li", {}, el("span", { class: "chip on" }, `规则 ${reason.id}`), el("span", {}, reason.text));
    case "category": return el("li", {}, el("span", { class: "chip" }, `分类 ${reason.code}`), el("span", {}, reason.text));
    case "model": return el("li", {}, el("span", { class: "chip" }, "模型"), el("span", {}, reason.text));
    case "similar": return el("li", {}, el("span", { class: "chip" }, `样例 ${percent(reason.score)}`), el("q", {}, reason.text));
    default: return null;
  }
}

function reasons(answer) {
  const first = answer.assignment[0];
  if (!first) return null;
  const rows = first.reasons.map(reason).filter(Boolean);
  const grounds = first.basis.map((basis) => el("li", {},
    el("span", { class: basis.verified ? "chip good" : "chip warn" }, basis.verified ? "依据 已核实" : "依据 未核实"),
    el("span", {}, basis.cite)));
  return rows.length + grounds.length > 0 ? card("理由与依据", el("ul", { class: "why" }, rows, grounds)) : null;
}

/** A text with the words marked that the other lacks, and those words once more in a line that everyone can read. */
function differing(name, text, spans) {
  const chars = Array.from(text);
  const shown = el("p", { class: "told" });
  const words = new Set();
  let done = 0;
  for (const { start, end } of spans.filter((span) => span.end <= chars.length)) {
    const word = chars.slice(start, end).join("");
    shown.append(chars.slice(done, start).join(""), el("mark", { class: "differs" }, word));
    words.add(word);
    done = end;
  }
  shown.append(chars.slice(done).join(""));
  return el("div", {}, el("h3", {}, name), shown,
    words.size > 0 && el("p", { class: "note" }, `只在${name}：${[...words].join("、")}`));
}

/** A case that may tell the same: how it relates in one line, both texts side by side on demand. */
function duplicate(text, other, open) {
  const [relation, tone] = RELATIONS[other.relation] ?? [other.relation, ""];
  const received = new Date(other.received_at).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" });
  const theirs = other.text === null
    ? el("div", {}, el("h3", {}, "已有案件"), el("p", { class: "note" }, "举报人须保护，不显示内容。"))
    : differing("已有案件", other.text, other.only_there);
  // Links carry no key.
  const link = (path, words) => sessionStorage.getItem("guikou-key") ? el("span", {}, words) : el("a", { href: path }, words);
  return el("li", {}, el("details", { open: open && "" },
    el("summary", {}, el("span", { class: `chip ${tone}` }, `${relation} ${percent(other.probability)}`), " ", other.summary.replace(/^.*?：/, "")),
    el("div", { class: "pair" }, differing("本件", text, other.only_here), theirs),
    el("p", { class: "foot" }, el("span", {}, `受理 ${received}`),
      link(`/v1/complaints/${other.case}`, `案件 ${other.reference ?? other.case}`),
      other.issue && link(`/v1/issues/${other.issue}`, "所在诉求组"))));
}

function duplicates(text, answer) {
  if (answer.duplicates.length === 0) return null;
  return card("可能重复", el("ul", { class: "duplicates" },
    answer.duplicates.map((other, at) => duplicate(text, other, at === 0 && other.relation !== "related"))));
}

function questions(answer) {
  if (answer.ask.length === 0) return null;
  return card("建议追问", el("ul", { class: "askfor" }, answer.ask.map((question) => el("li", {}, question))));
}

function facts(text, answer) {
  const list = el("dl", { class: "facts" });
  const fact = (name, ...value) => {
    const shown = value.flat().filter(Boolean);
    if (shown.length > 0) list.append(el("dt", {}, name), el("dd", { class: "chips" }, shown));
  };
  const [petition] = answer.petition_types;
  fact("诉求类型", petition && `${petition.name}　${percent(petition.probability)}`);
  fact("紧急程度", el("span", { class: `chip ${URGENT[answer.urgency.level] ?? ""}` }, answer.urgency.name));
  const { district, street, place } = answer.location ?? {};
  fact("事发地", [district, street].filter((name) => name && !place?.includes(name)).concat(place ?? []).join(" · "));
  fact("标签", answer.flags.map((flag) => el("span", { class: "chip warn" }, flagNames.get(flag) ?? flag)));
  fact("一单多诉", answer.multi_issue.map((part) => matter(text, part)));
  fact("关键词", answer.keywords.slice(0, 8).map((keyword) => el("span", { class: "chip" }, keyword.text)));
  return card("要素", list);
}

/** One of several matters: its own words, what it is and who answers for it. */
function matter(text, { start, end, categories: [category], lead }) {
  const words = [...text].slice(start, end).join("");
  const goes = `${category?.path.replace("/", " / ") ?? "未分类"} → ${lead?.name ?? "待定"}`;
  return el("details", { class: "matter" }, el("summary", {}, goes), el("p", {}, words));
}

function raw(answer) {
  const text = JSON.stringify(answer, null, 2);
  const copy = el("button", { type: "button", class: "quiet tools" }, "复制");
  copy.addEventListener("click", async (event) => {
    event.preventDefault();
    await navigator.clipboard.writeText(text).catch(() => {});
    copy.textContent = "已复制";
    setTimeout(() => { copy.textContent = "复制"; }, 1500);
  });
  return el("details", { class: "card" }, el("summary", {}, "原始 JSON", copy), el("pre", { tabindex: "0" }, text));
}

function foot(answer) {
  const { model, taxonomy, rules } = answer.versions;
  const parts = [`模型 ${model}`, `分类 ${taxonomy}`, `规则 ${rules}`, `用时 ${answer.latency_ms} 毫秒`];
  return el("p", { class: "foot" }, parts.map((part) => el("span", {}, part)));
}

function show(text, answer) {
  const parts = [banner(answer), units(answer), told(text, answer), categories(answer), questions(answer),
    duplicates(text, answer), reasons(answer), facts(text, answer), raw(answer), foot(answer)];
  $("result").replaceChildren(...parts.filter(Boolean));
  const lead = answer.assignment[0]?.lead.name ?? "无";
  const category = answer.categories[0]?.path ?? "未分类";
  const alike = answer.duplicates.length > 0 ? `可能重复 ${answer.duplicates.length} 件。` : "";
  $("live").textContent = `${DECISIONS[answer.decision]}。主办：${lead}。分类：${category}。${alike}`;
}

function showProblem(problem) {
  const errors = problem.errors ?? [];
  $("result").replaceChildren(el("section", { class: "banner tone-error", role: "alert" },
    el("h2", {}, problem.title), el("p", {}, problem.detail),
    errors.length > 0 && el("ul", {}, errors.map((e) => el("li", {}, `${e.pointer}：${e.detail}`))),
    problem.request_id && el("p", { class: "degraded" }, `请求编号 ${problem.request_id}`)));
}

// ── asking ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const flagNames = new Map();
let underWay = null;

async function call(path, options = {}) {
  const key = sessionStorage.getItem("guikou-key");
  const headers = { "Content-Type": "application/json", "Accept-Language": "zh-CN", ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  const response = await fetch(path, { ...options, headers });
  const body = await response.json();
  if (response.status === 401) $("key-row").hidden = false;
  if (!response.ok) throw Object.assign(new Error(body.title), { problem: body });
  return body;
}

async function ask() {
  const text = $("text").value;
  underWay?.abort();
  const mine = new AbortController();
  underWay = mine;
  $("go").disabled = true;
  $("answer").setAttribute("aria-busy", "true");
  $("live").textContent = "正在分析";
  try {
    const body = JSON.stringify({ text, top_k: 3, explain: true });
    show(text, await call("/v1/suggestions", { method: "POST", body, signal: mine.signal }));
    if (window.matchMedia("(max-width: 900px)").matches) $("answer").scrollIntoView({ behavior: "smooth" });
    $("answer-title").focus({ preventScroll: true });
  } catch (error) {
    if (error.name === "AbortError") return;
    showProblem(error.problem ?? { title: "连不上服务", detail: "请确认 guikou serve 仍在运行。" });
  } finally {
    if (underWay === mine) {
      $("go").disabled = false;
      $("answer").setAttribute("aria-busy", "false");
    }
  }
}

function counted() {
  const length = Array.from($("text").value).length;
  $("count").textContent = `${length} / ${LONGEST} 字`;
  $("count").classList.toggle("over", length > LONGEST);
}

async function service() {
  const info = await call("/v1/info");
  const shown = $("service");
  shown.textContent = info.degraded ? info.lacking[0] ?? "降级运行" : `v${info.version} · 模型 ${info.versions.model}`;
  shown.classList.toggle("lacking", info.degraded);
  samples(info.demo);
  const taxonomy = await call("/v1/taxonomy");
  taxonomy.flags.forEach((flag) => flagNames.set(flag.code, flag.name));
}

async function samples(all) {
  const list = (await (await fetch("/assets/samples.json")).json()).filter((sample) => all || !sample.demo);
  const buttons = list.map((sample) => {
    const button = el("button", { type: "button", "aria-pressed": "false" }, sample.name);
    button.addEventListener("click", () => {
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      $("text").value = sample.text;
      counted();
      ask();
    });
    return button;
  });
  $("samples").replaceChildren(...buttons.map((button) => el("li", {}, button)));
  const wanted = /^#sample=(\d+)$/.exec(location.hash);
  if (wanted) buttons[Number(wanted[1])]?.click();
}

// ── the look ───────────────────────────────────────────────────────────────────────────────────────────────────────

const THEMES = { auto: "跟随系统", light: "浅色", dark: "深色" };

function dress(theme) {
  document.documentElement.dataset.theme = theme;
  $("theme").textContent = THEMES[theme];
  localStorage.setItem("guikou-theme", theme);
}

const stored = localStorage.getItem("guikou-theme");
dress(stored in THEMES ? stored : "auto");
$("theme").addEventListener("click", () => {
  const order = Object.keys(THEMES);
  dress(order[(order.indexOf(document.documentElement.dataset.theme) + 1) % order.length]);
});
$("form").addEventListener("submit", (event) => { event.preventDefault(); ask(); });
$("text").addEventListener("input", counted);
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); ask(); }
});
$("key").addEventListener("change", () => {
  sessionStorage.setItem("guikou-key", $("key").value.trim());
  $("key-row").hidden = true;
  service().catch(() => {});
});
counted();
service().catch((error) => {
  $("service").textContent = error.problem?.detail ?? "连不上服务";
  $("service").classList.add("lacking");
  samples(false).catch(() => {});
});
