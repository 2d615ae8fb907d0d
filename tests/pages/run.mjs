// Runs the page tests against one service: `npm test` in src/http/web, or `node tests/pages/run.mjs [file…]`.
// Without GUIKOU_URL it starts the development build with its demonstration and waits until that is filled. Without
// files it first holds the modules' types against the contract that the service serves; PAGES=desk,cases then chooses.

import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { start } from "./service.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const web = fileURLToPath(new URL("../../src/http/web/", import.meta.url));
const named = process.argv.slice(2);
const chosen = process.env.PAGES?.split(",").map((name) => `${name}.test.mjs`);
const wanted = (name) => name.endsWith(".test.mjs") && (chosen?.includes(name) ?? true);
const files = named.length > 0 ? named : readdirSync(here).filter(wanted).map((name) => here + name);

const service = process.env.GUIKOU_URL ? null : await start();
const env = { ...process.env, GUIKOU_URL: process.env.GUIKOU_URL ?? service.url };

function ended(code) {
  service?.stop();
  process.exit(code);
}

for (const script of named.length > 0 ? [] : ["types", "check"]) {
  const { status } = spawnSync("npm", ["run", "--silent", script], { cwd: web, env, stdio: "inherit" });
  if (status !== 0) ended(1);
}
const tests = spawn(process.execPath, ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files], { env, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => { tests.kill(signal); ended(1); });
tests.on("exit", (code) => ended(code ?? 1));
