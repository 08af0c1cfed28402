/** What the docs claim, held against the code. */

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../src/core/parse-policy.ts";
import { SOURCES } from "../attack/sources.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const documents = globSync(["*.md", "docs/*.md", "test/*/README.md"], { cwd: root }).sort();

/** The string literals of a union type in a source file. */
function codesOf(path: string, type: string): string[] {
  const [, union = ""] = new RegExp(`export type ${type} =([^;]*);`).exec(read(path)) ?? [];
  return [...union.matchAll(/"([a-z-]+)"/g)].map(([, code = ""]) => code);
}

/** The first cells of the table under a heading line. */
function firstCells(table: string): string[] {
  const rows = read("README.md").split(`${table}\n`)[1]?.split("\n\n")[0]?.split("\n").slice(1) ?? [];
  return rows.map((row) => /`([a-z-]+)`/.exec(row)?.[1] ?? "");
}

describe("README.md", () => {
  it("names every reason of a denial, in the order of the checks", () => {
    const reasons = codesOf("src/core/decision.ts", "DenialReason");
    expect(reasons.length).toBeGreaterThan(9);
    expect(firstCells("| Reason | What it means | What to do |")).toEqual(reasons);
  });

  it("names every code of an error", () => {
    const codes = [
      ...codesOf("src/worker/problem.ts", "ErrorCode"),
      ...codesOf("src/core/choose-upstream.ts", "UpstreamFault"),
    ];
    expect(codes.length).toBeGreaterThan(9);
    for (const code of codes) expect(read("README.md")).toContain(`\`${code}\``);
  });
});

describe.each(documents)("%s", (path) => {
  const text = read(path);

  it("shows policies that are accepted", () => {
    for (const [, block = ""] of text.matchAll(/```jsonc?\n(\{[\s\S]*?\n\})\n```/g)) {
      const json = block.replace(/\s\/\/.*$/gm, "");
      if (json.includes('"rules"')) expect(parsePolicy(json)).toMatchObject({ ok: true });
    }
  });

  it("links to files that exist", () => {
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      expect(existsSync(join(root, dirname(path), target)), target).toBe(true);
    }
  });

  it("names npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const [, script = ""] of text.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(script);
  });

  it("names source files that exist", () => {
    const files = globSync(["src/**/*", "test/**/*", "policies/*"], { cwd: root }).join("\n");
    for (const [, name = ""] of text.matchAll(/`((?:src|test)?[\w./-]+\.ts)`/g)) expect(files).toContain(name);
  });
});

describe("docs/reliability.md", () => {
  const text = read("docs/reliability.md");
  const rows = (text.split("## What holds under each fault")[1]?.split("\n## ")[0] ?? "").split("\n").slice(3);

  it("names a test for every fault, and each exists", () => {
    const table = rows.filter((row) => row.startsWith("|")).slice(1);
    expect(table.length).toBeGreaterThan(15);
    for (const row of table) {
      const named = [...row.matchAll(/`(test\/[\w./-]+\.test\.ts)` “([^”]+)”/g)];
      expect(named.length, row).toBeGreaterThan(0);
      for (const [, path = "", name = ""] of named) {
        expect(
          titlesIn(path).some((title) => title.test(name)),
          `${path}: ${name}`,
        ).toBe(true);
      }
    }
  });

  it("gives every time of wrangler.toml, with its default and bounds", () => {
    const documented = [...text.matchAll(/^\| `(POLICY_\w+)` \| (\d+) \| (\d+\.\.\d+) \|/gm)].map((row) =>
      row.slice(1),
    );
    const set = [...read("wrangler.toml").matchAll(/^(POLICY_\w+) = "(\d+)" +# (\d+\.\.\d+):/gm)].map((row) =>
      row.slice(1),
    );
    expect(set.length).toBeGreaterThan(5);
    expect(documented).toEqual(set);
  });
});

describe("test/conformance/README.md", () => {
  const text = read("test/conformance/README.md");
  const NAMED_TEST = /`(test\/[\w./-]+\.test\.ts)` “([^”]+)”/g;

  it("gives every clause a status: it holds, shown by tests, or why it is not applicable", () => {
    const rows = [...text.matchAll(/^\| (\[.*) \|$/gm)].map(([, row = ""]) => row.split(" | "));
    expect(rows.length).toBeGreaterThan(40);
    for (const [clause = "", , status, evidence = ""] of rows) {
      expect(clause).toMatch(/^\[.*\]\(https:\/\/[^)]+#[^)]+\)$/);
      expect(["holds", "not applicable"], clause).toContain(status);
      if (status === "holds") expect(evidence.match(NAMED_TEST), clause).not.toBeNull();
      else expect(evidence.length, clause).toBeGreaterThan(10);
    }
  });

  it("names tests that exist, by their titles as they are written", () => {
    const named = [...text.matchAll(NAMED_TEST)];
    expect(named.length).toBeGreaterThan(80);
    for (const [, path = "", title = ""] of named) expect(read(path), `${path} “${title}”`).toContain(`"${title}"`);
  });
});

describe("test/attack/README.md", () => {
  const rows = read("test/attack/README.md")
    .split("\n")
    .filter((line) => /^\| (?!Trick|---)/.test(line));
  const named = rows.map((row) => [...row.matchAll(/`(test\/[\w./-]+\.test\.ts)` “([^”]+)”/g)]);

  it("names a test for every trick, and each exists", () => {
    expect(rows.length).toBeGreaterThan(40);
    for (const [index, tests] of named.entries()) {
      expect(tests.length, rows[index]).toBeGreaterThan(0);
      for (const [, path = "", name = ""] of tests) {
        expect(
          titlesIn(path).some((title) => title.test(name)),
          `${path}: ${name}`,
        ).toBe(true);
      }
    }
  });

  it("names every test of the folder", () => {
    const claimed = named.flat().map(([, path = "", name = ""]) => `${path}: ${name}`);
    const paths = globSync("test/attack/*.test.ts", { cwd: root });
    const titles = paths.flatMap((path) =>
      [...read(path).matchAll(/\bit(?:\.each\(\w+\))?\(\s*"([^"]+)"/g)].map(([, title]) => `${path}: ${title}`),
    );
    expect(titles.length).toBeGreaterThan(30);
    expect(claimed).toEqual(expect.arrayContaining(titles));
  });

  it("gives every source with its address, and no other", () => {
    const found = rows.flatMap((row) =>
      [...row.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].map(([, name, url]) => [name, url]),
    );
    expect(Object.fromEntries(found)).toEqual(SOURCES);
  });
});

/** What the titles of a test file match; `%s` and its like stand for anything. */
function titlesIn(path: string): RegExp[] {
  return [...read(path).matchAll(/"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'/g)].map(([, double, single]) => {
    const title = (double ?? single ?? "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`^${title.replace(/%[sij]/g, ".+")}$`);
  });
}
