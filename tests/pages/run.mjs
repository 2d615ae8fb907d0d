// Runs the page tests against one service: `npm test` in src/http/web, or `node tests/pages/run.mjs [file…]`.
// Without GUIKOU_URL it starts the development build with its demonstration and waits until that is filled. Without
// files it first holds the modules' types against the contract that the service serves; PAGES=desk,cases then chooses.
// It always ends: a test, a file and the whole have each their time, and what runs past it fails by its name.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { start } from "./service.mjs";

const FILE_MS = 480_000;
const WHOLE_MS = 1_200_000;

const here = fileURLToPath(new URL(".", import.meta.url));
const web = fileURLToPath(new URL("../../src/http/web/", import.meta.url));
const named = process.argv.slice(2);
const chosen = process.env.PAGES?.split(",").map((name) => `${name}.test.mjs`);
const wanted = (name) => name.endsWith(".test.mjs") && (chosen?.includes(name) ?? true);
const files = named.length > 0 ? named.map((name) => resolve(name)) : readdirSync(here).filter(wanted).map((name) => here + name);

const service = process.env.GUIKOU_URL ? null : await start();
process.env.GUIKOU_URL ??= service.url;

for (const script of named.length > 0 ? [] : ["types", "check"]) {
  const { status } = spawnSync("npm", ["run", "--silent", script], { cwd: web, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

/** What has begun and not ended: the files and the tests in them, by name. */
const running = new Set();
const unfinished = () => console.error(`没有跑完 · not finished: ${[...running].join(" › ")}`);

const stopped = new AbortController();
const tests = run({ files, concurrency: 1, timeout: FILE_MS, forceExit: true, signal: stopped.signal });
tests.on("test:dequeue", ({ name }) => running.add(name));
tests.on("test:complete", ({ name }) => {
  if (files.includes(name) && running.size > 1) unfinished();
  if (files.includes(name)) running.clear();
  running.delete(name);
});
tests.on("test:fail", () => { process.exitCode = 1; });
const told = tests.compose(spec);
told.pipe(process.stdout);
// The service would keep this process waiting.
told.on("end", () => process.exit());

function stop(why) {
  console.error(why);
  stopped.abort();
  // The tests' processes get their signal before this one goes.
  setTimeout(() => process.exit(1), 2_000);
}
setTimeout(() => stop(`页面测试 ${WHOLE_MS / 60_000} 分钟没有跑完 · the page tests did not end in ${WHOLE_MS / 60_000} minutes`), WHOLE_MS).unref();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop(signal));
process.on("exit", () => service?.stop());
