// The service under test: the development build, with the demonstration in memory, at a free port.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const home = fileURLToPath(new URL("../../", import.meta.url));
const binary = process.env.GUIKOU_BIN ?? `${home}target/debug/guikou`;
const PATIENCE_MS = 300_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts it and waits until it is ready and the demonstration is filled. */
export async function start(more = []) {
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const service = spawn(binary, ["serve", "--demo", "--listen", listen, "--log-level", "warn", ...more], { cwd: home, stdio: ["ignore", "inherit", "inherit"] });
  let ended = null;
  service.on("error", (error) => { ended = error.message; });
  service.on("exit", (code, signal) => { ended ??= `ended with ${code ?? signal}`; });
  const stop = () => { if (service.exitCode === null) service.kill("SIGKILL"); };
  process.on("exit", stop);
  const began = Date.now();
  // Filled is: ready, and no more cases than a moment ago.
  for (let before = -1; Date.now() - began < PATIENCE_MS; await sleep(1500)) {
    if (ended) throw new Error(`${binary}: ${ended}; build it first (cargo build)`);
    const now = await total(url);
    if (now > 0 && now === before) {
      console.log(`${url}: ready with ${now} cases in 30 days after ${Math.round((Date.now() - began) / 1000)} s`);
      return { url, stop };
    }
    before = now;
  }
  stop();
  throw new Error(`the service was not filled after ${PATIENCE_MS / 1000} s`);
}

async function total(url) {
  try {
    if (!(await fetch(`${url}/readyz`)).ok) return -1;
    return (await (await fetch(`${url}/v1/volumes?by=day`)).json()).total;
  } catch {
    return -1;
  }
}
