import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { SCHEMA_FILES } from "../../../src/cli/policy-schema.ts";

it.each(SCHEMA_FILES)("$path is what core's shape gives; else: npm run schema", ({ path, text }) => {
  expect(readFileSync(path, "utf8")).toBe(text);
});
