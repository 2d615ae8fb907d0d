// Asking the service: one way for JSON, files and live events, with the API key where one is wanted.

import type { components } from "../contract.d.ts";
import { ask } from "./dialog.ts";
import { type Child, el, icon } from "./dom.ts";
import { notice } from "./notice.ts";

export { stream } from "./live.ts";

/** A shape of the API's contract by its name: `Schema<"Case">`. */
export type Schema<K extends keyof components["schemas"]> = components["schemas"][K];
export type Query = Record<string, string | number | boolean | string[] | null | undefined>;
export type Format = "csv" | "xlsx" | "parquet" | "jsonl" | "docx" | "html" | "md" | "toml";
export type Flaw = { pointer?: string; parameter?: string; detail: string };

const KEPT = "guikou-key";

/** What the service says when it cannot do what was asked (RFC 9457). */
export class Problem extends Error {
  status: number;
  title: string;
  detail: string;
  errors: Flaw[];
  constructor(status: number, said: { title?: string; detail?: string; errors?: Flaw[] }) {
    super(said.detail ?? said.title ?? "");
    this.status = status;
    this.title = said.title ?? "出错了";
    this.detail = said.detail ?? "";
    this.errors = said.errors ?? [];
  }
}

/** Reads from the service. */
export async function get<T>(path: string, query: Query = {}): Promise<T> {
  return (await request(withQuery(path, query), {})).json() as Promise<T>;
}

/** Sends something new; `headers` for an Idempotency-Key. */
export async function post<T>(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  return written<T>("POST", path, body, headers);
}

/** Changes or takes away. */
export async function send<T>(method: "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T> {
  return written<T>(method, path, body, {});
}

async function written<T>(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<T> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await request(path, { method, headers: { "Content-Type": "application/json", ...headers }, ...json });
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** A path with its query; empty values are left out, lists repeat their name. */
export function withQuery(path: string, query: Query): string {
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) {
      if (one !== null && one !== undefined && one !== "") wanted.append(name, String(one));
    }
  }
  const text = wanted.toString();
  return text === "" ? path : `${path}${path.includes("?") ? "&" : "?"}${text}`;
}

/** The answer, good; a key is asked for where one is wanted, anything else that is wrong is a `Problem`. */
export async function request(path: string, options: RequestInit): Promise<Response> {
  for (;;) {
    const key = sessionStorage.getItem(KEPT);
    const headers = new Headers(options.headers);
    headers.set("Accept-Language", "zh-CN");
    if (key) headers.set("Authorization", `Bearer ${key}`);
    const response = await fetch(path, { ...options, headers }).catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new Problem(0, { title: "连不上服务", detail: "请确认服务仍在运行、网络通畅，再重试。" });
    });
    if (response.ok) return response;
    const problem = new Problem(response.status, await response.json().catch(() => ({ title: `服务答复 ${response.status}` })));
    if (problem.status !== 401 || !(await keyGiven(key))) throw problem;
  }
}

let asking: Promise<boolean> | null = null;

/** Asks for the key, once for all requests that wait for it. `used` is the key that was refused. */
function keyGiven(used: string | null): Promise<boolean> {
  if (sessionStorage.getItem(KEPT) !== used) return Promise.resolve(true);
  asking ??= askKey(used !== null).finally(() => { asking = null; });
  return asking;
}

/** Lets the reader give (or change) the API key; it is forgotten when the tab closes. */
export async function askKey(refused = false): Promise<boolean> {
  const given = await ask({
    title: "API 密钥",
    label: "密钥",
    note: refused ? "刚才的密钥不对，请再输入一次。" : "本服务设有密钥，请向管理员索取；只记在本标签页，关闭即忘。",
    secret: true,
    yes: "继续",
  });
  if (given === null || given.trim() === "") return false;
  sessionStorage.setItem(KEPT, given.trim());
  return true;
}

/** What tables of figures come as. */
export const TABLES: Format[] = ["csv", "xlsx", "parquet"];

/** 下载 CSV · XLSX: the same query as a file, saved through `fetch` so that keys work. */
export function downloadLinks(path: string, query: Query, formats: Format[] = ["csv", "xlsx"]): HTMLElement {
  const { cursor: _, page_size: __, ...asked } = query;
  const buttons = formats.map((format) => {
    const name = format.toUpperCase();
    const button = el("button", { type: "button", class: "link", "aria-label": `下载 ${name}` }, name);
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await save(withQuery(path, { ...asked, format }));
      } catch (error) {
        notice(error instanceof Problem ? `${error.title}：${error.detail}` : "下载没有成功，请重试。", { tone: "bad" });
      } finally {
        button.disabled = false;
      }
    });
    return button;
  });
  return el("span", { class: "downloads no-print", role: "group", "aria-label": "下载" }, icon("download"), buttons);
}

async function save(path: string): Promise<void> {
  const response = await request(path, {});
  const named = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  saveFile(named ?? "guikou", await response.blob());
}

/** Hands a file to the browser to be saved. */
export function saveFile(name: string, content: Blob): void {
  const link = el("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The catalogue, with names found by code: categories of all levels, units, kinds, districts. */
export type Taxonomy = Schema<"Catalogue"> & {
  /** 供水; the code itself where nothing is known by it. */
  name: (code: string | null | undefined) => string;
  /** 住房与城乡建设 / 供水 */
  path: (code: string | null | undefined) => string;
};

let catalogue: Promise<Taxonomy> | null = null;

/** The catalogue, read once for each page. */
export function taxonomy(): Promise<Taxonomy> {
  catalogue ??= get<Schema<"Catalogue">>("/v1/taxonomy").then(named);
  catalogue.catch(() => { catalogue = null; });
  return catalogue;
}

function named(all: Schema<"Catalogue">): Taxonomy {
  const names = new Map<string, string>();
  const lists = [all.urgency, all.petition_types, all.flags, all.departments, all.domains, all.categories];
  for (const list of lists) for (const { code, name } of list) names.set(code, name);
  for (const category of all.categories) for (const { code, name } of category.children ?? []) names.set(code, name);
  const name = (code: string | null | undefined) => (code ? names.get(code) ?? code : "—");
  const path = (code: string | null | undefined) =>
    code && /^\d{4,6}$/.test(code) ? [2, 4, 6].filter((n) => n <= code.length).map((n) => name(code.slice(0, n))).join(" / ") : name(code);
  return { ...all, name, path };
}

/** From the API's `/v1/complaints?…` to the same cases on the page. */
export function casesAddress(link: string): string {
  const url = new URL(link, location.origin);
  const one = /^\/v1\/complaints\/([^/]+)$/.exec(url.pathname);
  return one ? `/cases?id=${one[1]}` : `/cases${url.search}`;
}

/** A figure that leads to its cases; plain text where the API gives no link. */
export function casesLink(link: string, text: Child): HTMLAnchorElement;
export function casesLink(link: string | null | undefined, text: Child): HTMLElement;
export function casesLink(link: string | null | undefined, text: Child): HTMLElement {
  return link ? el("a", { href: casesAddress(link), class: "cases" }, text) : el("span", {}, text);
}
