/** docs/migrating.md, held against what an import does. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { describe, expect, it } from "vitest";
import { FRAMEWORKS } from "../../src/cli/commands/import.ts";
import { readOriginRegexp } from "../../src/cli/import/origin-regexp.ts";
import { settle } from "../../src/cli/import/settle.ts";

const text = readFileSync(fileURLToPath(new URL("../../docs/migrating.md", import.meta.url)), "utf8");

const HEADINGS: Readonly<Record<string, string>> = {
  express: "Express `cors`",
  django: "django-cors-headers",
  flask: "Flask-CORS",
  aspnet: "ASP.NET Core CORS",
  hono: "Hono `cors`",
};

/** The rows of all tables under a heading, head rows and lines left out, each as its cells. */
function rowsOf(heading: string): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return section
    .split(/\n(?=\| --- )/)
    .slice(1)
    .flatMap((table) =>
      (table.split("\n\n")[0] ?? "")
        .split("\n")
        .slice(1)
        .filter((row) => row.startsWith("|"))
        .map((row) =>
          row
            .split(/(?<!\\)\|/)
            .slice(1, -1)
            .map((cell) => cell.trim().replaceAll("\\|", "|")),
        ),
    );
}

/** What stands between backticks. */
const codesIn = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

/** The default that the table gives for an option. */
const defaultOf = (framework: string, option: string) =>
  rowsOf(HEADINGS[framework] ?? "")
    .find(([first]) => codesIn(first)[0] === option)
    ?.map((cell) => codesIn(cell)[0] ?? "")[1]
    ?.split(/[ ,]/);

describe("docs/migrating.md", () => {
  it.each(Object.entries(FRAMEWORKS))(
    "has a row for every option that import reads from %s, and no other",
    (name, framework) => {
      const documented = rowsOf(HEADINGS[name] ?? "").flatMap(([first]) => codesIn(first));
      expect(documented.toSorted()).toEqual(framework.options.toSorted());
    },
  );

  it.each([
    ["express", "methods", { origin: "https://a.example" }, "allowMethods"],
    ["django", "CORS_ALLOW_METHODS", { CORS_ALLOWED_ORIGINS: ["https://a.example"] }, "allowMethods"],
    ["django", "CORS_ALLOW_HEADERS", { CORS_ALLOWED_ORIGINS: ["https://a.example"] }, "allowHeaders"],
    ["flask", "methods", {}, "allowMethods"],
  ])("gives the default that import takes for %s %s", (name, option, json, field) => {
    const imported = settle((remarks) => FRAMEWORKS[name]?.read(json, remarks) as never, { hostname: "a.example" });
    expect(defaultOf(name, option)).toEqual(JSON.parse(imported.text ?? "").rules[0][field]);
  });

  it("gives Hono's own default methods", async () => {
    const app = new Hono().use(cors());
    const response = await app.request("/", { method: "OPTIONS" });
    expect(defaultOf("hono", "allowMethods")).toEqual(response.headers.get("access-control-allow-methods")?.split(","));
  });

  const expressions = rowsOf("Regular expressions over origins").filter(([first]) => codesIn(first).length > 0);

  it("shows expressions of both kinds", () => {
    expect(expressions.length).toBeGreaterThan(12);
  });

  it.each(expressions)("says of the expression %s what an import says: %s", (first, second) => {
    const read = readOriginRegexp(codesIn(first)[0] ?? "", { startsAtFirst: false, ignoresCase: false });
    const codes = codesIn(second);
    if (read.kind === "equal") expect(codes).toEqual(read.patterns);
    // Of those that differ, the pattern named after "wider" or "narrower" is the nearest.
    else if (/\b(?:wider|narrower)\b/.test(second ?? "")) expect(read.nearest).toEqual([codes[0]]);
    else expect(second).toMatch(/^(?:open at its (?:start|end)|a dot that is not escaped|no dot before the domain)/);
  });
});
