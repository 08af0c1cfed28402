import { describe, expect, it } from "vitest";
import { type MutationReport, unexplained } from "../mutation/survivors.ts";

const SOURCE = 'const a = 1;\nif (a > 1 && a < 2) return "one";\n';

function mutant(status: string, line: number, columns: [number, number], replacement: string) {
  const [start, end] = columns.map((column) => ({ line, column }));
  return { status, replacement, location: { start, end } };
}

/** Of `a.ts`. */
function reportOf(...mutants: unknown[]): MutationReport {
  return { files: { "a.ts": { source: SOURCE, mutants }, "b.ts": { source: "", mutants: [] } } } as MutationReport;
}

const SHORT = '- `` if (a > 1 && a < 2) return "one"; `` → `` if (a >= 1 && a < 2) return "one"; ``';
const LONG = "- `` a > 1 && a < 2 `` → `` false ``";

describe("unexplained", () => {
  const survivors = [mutant("Survived", 2, [5, 10], "a >= 1"), mutant("NoCoverage", 2, [5, 19], "true || false")];

  it("lists what no test noticed, by file, with what is around it where it is short", () => {
    const killed = [mutant("Killed", 1, [11, 12], "2"), mutant("Timeout", 1, [11, 12], "3")];
    expect(unexplained(reportOf(...killed, mutant("Survived", 2, [5, 10], "a >= 1")), "")).toEqual(
      new Map([["a.ts", [SHORT]]]),
    );
    expect(unexplained(reportOf(...killed), "")).toEqual(new Map());
  });

  it("leaves out what the page has under the same file", () => {
    const long = mutant("Survived", 2, [5, 21], "false");
    const page = `# Survivors\n\n## \`a.ts\`\n\nWhy.\n\n${SHORT}\n`;
    expect(unexplained(reportOf(survivors[0], long), page).size).toBe(1);
    expect(unexplained(reportOf(survivors[0]), page).size).toBe(0);
    expect(unexplained(reportOf(survivors[0]), page.replace("a.ts", "b.ts")).get("a.ts")).toEqual([SHORT]);
  });

  it("wants a line for each, where two read the same", () => {
    const page = `## \`a.ts\`\n${SHORT}\n`;
    const twice = reportOf(survivors[0], survivors[0]);
    expect(unexplained(twice, page).get("a.ts")).toEqual([SHORT]);
    expect(unexplained(twice, `${page}${SHORT}\n`).size).toBe(0);
  });

  it("takes a mutant that no test reaches for a survivor", () => {
    expect(unexplained(reportOf(survivors[1]), LONG).get("a.ts")).toHaveLength(1);
  });
});
