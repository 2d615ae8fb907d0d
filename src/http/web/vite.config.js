// Two uses: `npm run dev` serves the sources as the binary would (same paths, same policy), and `npm run charts` bundles
// charts.ts, the one module that comes from a library. Everything else is embedded module by module by build.rs.
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { defineConfig } from "vite";

const SERVICE = process.env.GUIKOU_URL ?? "http://127.0.0.1:8400";
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/** The shell for one page: its title, its name for app.ts and its own style sheet. */
function shell(page) {
  const sheet = existsSync(new URL(`pages/${page.name}.css`, import.meta.url));
  const head = sheet ? `<link rel="stylesheet" href="/assets/pages/${page.name}.css">` : "";
  return readFileSync(new URL("index.html", import.meta.url), "utf8")
    .replaceAll("{title}", page.title).replaceAll("{name}", page.name).replace("<!-- page -->", head);
}

/** Page paths answer with the shell; `/assets/charts.js` is charts.ts. */
const pages = {
  name: "guikou-pages",
  configureServer(server) {
    const known = JSON.parse(readFileSync(new URL("pages.json", import.meta.url), "utf8"));
    server.middlewares.use((request, response, next) => {
      const path = new URL(request.url, "http://x").pathname;
      if (path === "/assets/charts.js") request.url = "/assets/charts.ts";
      const page = known.find((page) => page.path === path);
      if (!page) return next();
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY, "Cache-Control": "no-cache" });
      response.end(shell(page));
    });
  },
};

/** Says how large the bundle became. */
const size = {
  name: "guikou-size",
  writeBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      const code = file.code ?? file.source;
      console.log(`${file.fileName}: ${Buffer.byteLength(code)} bytes, ${gzipSync(code, { level: 9 }).length} gzip`);
    }
  },
};

export default defineConfig(({ command }) => ({
  base: "/assets/",
  appType: "custom",
  plugins: [pages, size],
  optimizeDeps: { entries: ["charts.ts"] },
  server: {
    host: "127.0.0.1",
    port: 5173,
    strictPort: true,
    // Reload by hand: a page under test must not reload because another file was saved.
    hmr: false,
    ws: false,
    proxy: Object.fromEntries(["/v1", "/openapi.json", "/docs", "/livez", "/readyz", "/metrics"].map((path) => [path, SERVICE])),
  },
  build: command === "build" ? {
    outDir: "out",
    copyPublicDir: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    target: "es2022",
    rollupOptions: {
      input: "charts.ts",
      preserveEntrySignatures: "strict",
      output: { format: "es", entryFileNames: "charts.js", codeSplitting: false },
    },
  } : undefined,
}));
