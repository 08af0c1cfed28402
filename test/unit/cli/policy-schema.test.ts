import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { generatePolicySchema, SCHEMA_PATH } from "../../../src/cli/policy-schema.ts";

it("policies/policy.schema.json is what the schema of the Worker gives; else: npm run schema", () => {
  expect(readFileSync(SCHEMA_PATH, "utf8")).toBe(generatePolicySchema());
});
