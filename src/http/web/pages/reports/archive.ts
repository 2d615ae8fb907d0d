// The archive: what the service wrote by the clock, or `guikou report --archive` did.

import { get, request, saveFile } from "../../base/api.ts";
import { type Child, el, icon, replace } from "../../base/dom.ts";
import { chip } from "../../base/text.ts";
import { block, empty, notice, words, working } from "../../base/notice.ts";
import { table } from "../../base/table.ts";
import { kindName } from "./controls.ts";

type File = { format: string; bytes: number; link: string };
type Filed = { kind: string; from: string; to: string; edition: "internal" | "public"; inputs: string; files: File[] };
type Reports = { archived: boolean; items: Filed[] };

/** Draws the tab. */
export function archiveTab(): HTMLElement {
  const place = el("div", { class: "stack" });
  void working(place, async () => replace(place, draw(await get<Reports>("/v1/reports"))), [block(360)]);
  return place;
}

function draw({ archived, items }: Reports): Child {
  if (!archived) {
    return empty("没有设置归档", el("p", {}, "在设置文件的 [reports] 里给出 folder，并在 internal 里写明 daily、weekly、monthly，服务就在每期结束后自动写出报告，列在这里。"));
  }
  if (items.length === 0) return empty("归档里还没有报告", el("p", {}, "每期结束后的设定时刻（reports.at）写出；也可用命令 guikou report --archive 写。"));
  return el("section", { class: "card", "aria-label": "归档" }, table<Filed>({
    caption: `归档的报告 ${items.length} 份，时段晚的在前`,
    rows: items,
    columns: [
      { key: "period", name: "时段", cell: ({ from, to }) => (from === to ? from : `${from} 至 ${to}`), sort: ({ to, from }) => `${to}${from}` },
      { key: "kind", name: "种类", cell: ({ kind }) => kindName(kind), sort: ({ kind }) => kind },
      { key: "edition", name: "版本", cell: ({ edition }) => (edition === "public" ? chip("公开版", "tell") : chip("内部版")), sort: ({ edition }) => edition },
      { key: "inputs", name: "输入摘要", help: "数据不变则不变；同一时段有两份的，是后来数据变了", cell: ({ inputs }) => el("code", {}, inputs) },
      { key: "files", name: "文件", wide: true, cell: ({ files }) => el("span", { class: "downloads" }, icon("download"), files.map(fileButton)) },
      { key: "open", name: "重新生成", cell: (one) => el("a", { href: again(one) }, "按现在的数据") },
    ],
  }));
}

/** The same period, of the data as they are now. */
function again({ kind, from, to, edition }: Filed): string {
  const period: Record<string, string> = kind === "special" ? { from, to } : { date: from };
  return `/reports?${new URLSearchParams({ kind, ...period, ...(edition === "public" ? { edition } : {}) })}`;
}

function fileButton({ format, bytes, link }: File): HTMLElement {
  const button = el("button", { type: "button", class: "link", title: size(bytes), "aria-label": `下载 ${format}，${size(bytes)}` }, format.toUpperCase());
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const response = await request(link, {});
      saveFile(link.split("/").at(-1)!, await response.blob());
    } catch (error) {
      notice(`下载没有成功：${words(error)}`, { tone: "bad" });
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

const size = (bytes: number): string => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);
