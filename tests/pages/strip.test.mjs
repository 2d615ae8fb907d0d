// The build leaves types out by blanking them; TypeScript itself must come to the same program.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { sources, test, url } from "./harness.mjs";

const ts = createRequire(`${sources}package.json`)("typescript");
const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true, removeComments: true, allowJs: true };
/** The program in TypeScript's own print, without what blanking may leave behind: spare commas, brackets and semicolons. */
const program = (code, fileName) => ts.transpileModule(code, { compilerOptions, fileName }).outputText
  .replaceAll(/\s+/g, "").replaceAll(/,(?=[}\])])/g, "").replaceAll(/[();]/g, "");

test("the served modules are the sources without their types", async () => {
  const names = ["app.ts", ...["base", "pages"].flatMap((folder) =>
    readdirSync(sources + folder, { recursive: true }).filter((name) => name.endsWith(".ts")).map((name) => `${folder}/${name}`))];
  for (const name of names) {
    const served = await fetch(`${url}/assets/${name}`);
    assert.equal(served.headers.get("content-type"), "text/javascript; charset=utf-8", name);
    assert.equal(program(await served.text(), name.replace(/ts$/, "js")), program(readFileSync(sources + name, "utf8"), name), name);
  }
});
