// The service under test: the development build, with the demonstration in memory, at a free port.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const home = fileURLToPath(new URL("../../", import.meta.url));
const binary = process.env.GUIKOU_BIN ?? `${home}target/debug/guikou`;
const PATIENCE_MS = 420_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts it and waits until the demonstration is filled, as its own log tells. */
export async function start() {
  const listen = `127.0.0.1:${await freePort()}`;
  const env = { GUIKOU_HTTP__DEMO_DAYS: "30", ...process.env };
  const service = spawn(binary, ["serve", "--demo", "--listen", listen, "--log-level", "info"], { cwd: home, env, stdio: ["ignore", "ignore", "pipe"] });
  const stop = () => { if (service.exitCode === null) service.kill("SIGKILL"); };
  process.on("exit", stop);
  const began = Date.now();
  const cases = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the demonstration was not filled after ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    service.on("error", (error) => reject(new Error(`${binary}: ${error.message}; build it first (cargo build)`)));
    service.on("exit", (code, signal) => reject(new Error(`${binary} ended with ${code ?? signal}`)));
    createInterface({ input: service.stderr }).on("line", (line) => {
      if (/ (WARN|ERROR) /.test(line)) console.error(line);
      const [, done, all] = /演示案件 (\d+)\/(\d+)/.exec(line) ?? [];
      if (done !== undefined && done === all) { clearTimeout(late); resolve(done); }
    });
  }).catch((error) => { stop(); throw error; });
  console.log(`http://${listen}: ${cases} cases after ${Math.round((Date.now() - began) / 1000)} s`);
  return { url: `http://${listen}`, stop };
}
