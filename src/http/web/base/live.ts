// Live events (server-sent events, WHATWG HTML §9.2) read by `fetch`, because `EventSource` cannot send a key.

import { request } from "./api.ts";

type Handlers = Record<string, (data: unknown, id: string) => void>;
type Line = { listeners: Set<Handlers>; last: string; stop: AbortController | null };

const lines = new Map<string, Line>();
const RETRY_MS = 3000;

/**
 * Listens to a stream until the returned function is called. All listeners of a path share one connection, and a page
 * that nobody looks at holds none: browsers allow six per server, and dispatchers keep many tabs. What was missed
 * comes when the page is looked at again (`Last-Event-ID`).
 */
export function stream(path: string, on: Handlers): () => void {
  const line = lines.get(path) ?? { listeners: new Set(), last: "", stop: null };
  lines.set(path, line);
  line.listeners.add(on);
  if (!document.hidden) void open(path, line);
  return () => {
    line.listeners.delete(on);
    if (line.listeners.size === 0) line.stop?.abort();
  };
}

document.addEventListener("visibilitychange", () => {
  for (const [path, line] of lines) {
    if (document.hidden) line.stop?.abort();
    else if (line.listeners.size > 0) void open(path, line);
  }
});

async function open(path: string, line: Line): Promise<void> {
  if (line.stop && !line.stop.signal.aborted) return;
  const stop = new AbortController();
  line.stop = stop;
  while (!stop.signal.aborted) {
    try {
      await listen(path, line, stop.signal);
    } catch {
      // The connection broke or the key was refused: try again in a while.
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function listen(path: string, line: Line, signal: AbortSignal): Promise<void> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (line.last) headers["Last-Event-ID"] = line.last;
  const response = await request(path, { headers, signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    held += value.replaceAll("\r", "");
    const blocks = held.split("\n\n");
    held = blocks.pop() ?? "";
    for (const block of blocks) heard(line, block);
  }
}

function heard(line: Line, block: string): void {
  const fields: Record<string, string[]> = {};
  for (const row of block.split("\n")) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(row) ?? [];
    if (name) (fields[name] ??= []).push(value ?? "");
  }
  const id = fields.id?.at(-1) ?? "";
  if (id) line.last = id;
  if (!fields.data) return;
  const data: unknown = JSON.parse(fields.data.join("\n"));
  for (const on of line.listeners) on[fields.event?.at(-1) ?? "message"]?.(data, id);
}
