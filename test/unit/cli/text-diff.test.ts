import { describe, expect, it } from "vitest";
import { diffLines } from "../../../src/cli/text-diff.ts";

describe("diffLines", () => {
  it("shows what changes, with three lines of context", () => {
    const before = Array.from({ length: 12 }, (_, index) => `line ${index + 1}\n`).join("");
    expect(diffLines(before, before.replace("line 6\n", "line six\nand a half\n"))).toEqual([
      "@@ -3,7 +3,8 @@",
      " line 3",
      " line 4",
      " line 5",
      "-line 6",
      "+line six",
      "+and a half",
      " line 7",
      " line 8",
      " line 9",
    ]);
  });

  it("is empty for the same text", () => {
    expect(diffLines("a\nb\n", "a\nb\n")).toEqual([]);
  });

  it("shows line ends that differ", () => {
    expect(diffLines("a\n", "a\r\n")).toEqual(["@@ -1,1 +1,1 @@", "-a", "+a\\u000d"]);
  });

  it("escapes what would steer the terminal, and leaves letters and tabs alone", () => {
    const [, line] = diffLines("", '\t"ü": "\u001b[2J\u009b1m\u202e\u2028"');
    expect(line).toBe('+\t"ü": "\\u001b[2J\\u009b1m\\u202e\\u2028"');
  });

  it("gives up on texts that have nothing in common", () => {
    const lines = (prefix: string) => Array.from({ length: 600 }, (_, index) => `${prefix}${index}\n`).join("");
    expect(diffLines(lines("a"), lines("b"))).toEqual(["(more than 1000 lines differ)"]);
  });
});
