/** What the Worker weighs and what is in it. */

import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { gzipSync } from "node:zlib";
import { expect, inject, it } from "vitest";

const MAX_BYTES = 20 * 1024;
const script = readFileSync(inject("workerScript"), "utf8");

it(`the bundle takes at most ${MAX_BYTES} bytes, minified and gzipped`, () => {
  expect(gzipSync(script).length).toBeLessThanOrEqual(MAX_BYTES);
});

it("the bundle imports nothing: no Node built-in, no other module", () => {
  const imported = [...script.matchAll(/\b(?:import|require)\s*(?:\(\s*)?["']([^"']+)["']|\bfrom\s*["']([^"']+)["']/g)];
  expect(imported.map(([text]) => text)).toEqual([]);
  expect(script).not.toContain("node:");
  expect(builtinModules).toContain("fs");
});

it("the bundle has no public-suffix list", () => {
  expect(script).not.toMatch(/tldts|publicsuffix|co\.uk|github\.io/);
});

it("nothing but this project's own code is in the bundle", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as object;
  expect(manifest).not.toHaveProperty("dependencies");
});
