import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkExpectations } from "../../../src/cli/check-expectations.ts";
import { checkPolicy } from "../../../src/cli/check-policies.ts";
import { readPolicyFiles } from "../../../src/cli/policy-files.ts";
import { APP, documentWith } from "../../support/policies.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cors-gateway-expect-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, content: object | string): void {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, null, 2));
}

/** Checks all, or the files named. */
async function check(...names: string[]) {
  const paths = names.map((name) => join(directory, name));
  const checked = readPolicyFiles(directory, paths).map((file) => checkPolicy(file, NOW));
  return await checkExpectations(directory, checked, names.length === 0, NOW);
}

const expecting = (...expect: object[]) => ({ expect });

describe("checkExpectations", () => {
  it("says where an expectation stands that does not hold, and by which request", async () => {
    write("a.example.json", documentWith({}));
    write("expect/a.example.json", expecting({ origin: APP, can: "GET /" }, { nobody: "POST /admin" }));
    const [checked] = await check();
    expect(checked).toMatchObject({
      count: 2,
      issues: [],
      failed: [
        {
          code: "expectation-failed",
          pointer: "/expect/1",
          line: 7,
          column: 5,
          explanation: { request: { origin: APP } },
        },
      ],
      notChecked: [],
    });
  });

  it("judges a hostname by the closest policy, and a wildcard's by its own", async () => {
    write("_wildcard.example.json", documentWith({}));
    write("own.example.json", documentWith({ allowOrigins: ["https://own.example.com"] }));
    write("expect/api.example.json", expecting({ origin: APP, can: "GET /" }));
    write("expect/own.example.json", expecting({ origin: APP, cannot: "GET /" }));
    write("expect/_wildcard.example.json", expecting({ origin: APP, can: "GET /" }));
    expect((await check()).map(({ count, failed }) => [count, failed.length])).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
  });

  it("judges where there is no policy, but not where only other policies were named", async () => {
    write("a.example.json", documentWith({}));
    write("b.example.json", documentWith({}));
    write("expect/b.example.json", expecting({ nobody: "GET /" }));
    write("expect/c.example.json", expecting({ origin: APP, can: "GET /" }));
    expect((await check()).map(({ failed }) => failed.length)).toEqual([1, 1]);
    expect(await check("a.example.json")).toEqual([]);
    expect((await check("b.example.json")).map(({ file }) => file.hostname)).toEqual(["b.example"]);
  });

  it("reports everything wrong with a file, with its place", async () => {
    write("a.example.json", documentWith({}));
    write("expect/a.example.json", '{\n  "expect": [\n    { "nobody": "get /x", "origin": "*" }\n  ]\n}');
    write("expect/b.example.json", '{\n  "expect": [,]\n}');
    expect(
      (await check()).map(({ issues }) => issues.map(({ code, line, column }) => `${line}:${column} ${code}`)),
    ).toEqual([["3:5 expectation-unclear", "3:7 method-lower-case"], ["2:14 document-not-json"]]);
  });

  it("does not judge by a policy that has issues, which are said elsewhere", async () => {
    write("a.example.json", { rules: [] });
    write("expect/a.example.json", expecting({ origin: APP, can: "GET /" }));
    expect(await check()).toMatchObject([{ count: 0, issues: [], failed: [], notChecked: [] }]);
  });

  it("knows a list by its text beside the policies, and says where it is not there", async () => {
    write("a.example.json", documentWith({ allowOrigins: [{ list: "customers" }] }));
    write("expect/a.example.json", expecting({ origin: APP, can: "GET /" }));
    expect((await check()).map(({ notChecked }) => notChecked.length)).toEqual([1]);
    write("lists/customers.txt", `${APP}\n`);
    expect((await check()).map(({ notChecked, failed }) => notChecked.length + failed.length)).toEqual([0]);
  });

  it("names the file whose name is no hostname", async () => {
    write("a.example.json", documentWith({}));
    write("expect/A.example.json", expecting({ nobody: "GET /" }));
    await expect(check()).rejects.toThrow(
      `${join(directory, "expect", "A.example.json")}: "A.example" is not a hostname with a policy`,
    );
  });

  it("finds nothing where nothing is expected", async () => {
    write("a.example.json", documentWith({}));
    expect(await check()).toEqual([]);
  });
});
