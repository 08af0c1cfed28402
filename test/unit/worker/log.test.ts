/** Log lines: one a line whatever is in them, bounded in length and number. */

import { beforeEach, describe, expect, it } from "vitest";
import { createLog, type LogEvent, limitRate } from "../../../src/worker/log.ts";

let lines: string[];
let now: number;

beforeEach(() => {
  lines = [];
  now = Date.UTC(2026, 9, 23, 12);
});

const log = (event: LogEvent): void =>
  createLog(
    () => now,
    (line) => lines.push(line),
  )(event);

describe("a line", () => {
  it("is one JSON object with the time first", () => {
    log({ event: "denial", origin: "https://a.example" });
    expect(lines).toEqual(['{"time":"2026-10-23T12:00:00.000Z","event":"denial","origin":"https://a.example"}']);
  });

  it.each([
    "\n",
    "\r\n",
    "\u0000",
    "\u001b[2J",
    "\u0085",
    "\u2028",
    "\u2029",
    "ü",
    "\u202e",
    "😀",
    "\ud800",
    '"}\n{"event":"forged"}',
  ])("is printable ASCII, and means what was said: %j", (text) => {
    log({ event: "x", text, [text]: 1 });
    expect(lines[0]).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ text, [text]: 1 });
  });

  it("has at most 256 characters of a text, wherever it stands", () => {
    const long = "x".repeat(10_000);
    log({ event: "x", text: "y".repeat(256), long, deep: [{ long }] });
    const cut = `${"x".repeat(256)}…`;
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ text: "y".repeat(256), long: cut, deep: [{ long: cut }] });
  });

  it("has at most 20 entries of a list", () => {
    const issues = Array.from({ length: 21 }, (_, index) => ({ index }));
    log({ event: "x", issues, few: issues.slice(0, 20) });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ issues: issues.slice(0, 20), few: issues.slice(0, 20) });
  });
});

describe("limitRate", () => {
  it("lets so many lines a second through, and the next one say how many it did not", () => {
    const logDenial = limitRate(log, 10, () => now);
    let described = 0;
    const deny = (): void => logDenial(() => ({ event: `denial-${++described}` }));
    for (let i = 0; i < 100; i++) deny();
    expect(lines).toHaveLength(10);
    expect(described).toBe(10);
    now += 1000;
    deny();
    deny();
    expect(lines.slice(10).map((line) => JSON.parse(line))).toMatchObject([
      { event: "denial-11", suppressed: 90 },
      { event: "denial-12" },
    ]);
    expect(lines[11]).not.toContain("suppressed");
  });

  it("goes on after the clock was set back", () => {
    const logDenial = limitRate(log, 1, () => now);
    logDenial(() => ({ event: "a" }));
    logDenial(() => ({ event: "b" }));
    now -= 3_600_000;
    logDenial(() => ({ event: "c" }));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ event: "a" }, { event: "c", suppressed: 1 }]);
  });
});
