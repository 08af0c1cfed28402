import { afterEach, describe, expect, it, vi } from "vitest";
import { complain } from "../../../src/cli/output.ts";
import { showProgress } from "../../../src/cli/progress.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What is on standard error after some output: the lines that a terminal shows, or the bytes that a pipe gets. */
function standardErrorOf(isTTY: boolean, print: () => void): string {
  let written = "";
  const write = (text: string) => {
    written += text;
    return true;
  };
  vi.stubGlobal("process", Object.create(process, { stderr: { value: { isTTY, write } } }));
  print();
  if (!isTTY) return written;
  const lines = written.split("\n").map((line) => line.split("\r\u001b[K").at(-1));
  return lines.join("\n");
}

describe("complain", () => {
  it.each([
    ["a terminal", true],
    ["a pipe", false],
  ])("writes whole lines of its own to %s, though the progress line stands", (_, isTTY) => {
    const print = () => {
      showProgress("reading local KV …");
      complain("error: one");
      complain("error: two");
    };
    expect(standardErrorOf(isTTY, print)).toBe("error: one\nerror: two\n");
  });
});
