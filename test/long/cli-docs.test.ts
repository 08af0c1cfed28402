import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { CLI_PAGE, withRealOutput } from "../support/run-docs.ts";

it("docs/cli.md shows the real output of every command; else: npm run docs", async () => {
  const page = await readFile(CLI_PAGE, "utf8");
  expect(await withRealOutput(page)).toBe(page);
});
