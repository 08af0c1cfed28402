import { describe, expect, it } from "vitest";
import { diagnoseOrigin, diagnosePath } from "../../../src/core/explain/diagnose.ts";
import { MAX_ORIGIN_LENGTH } from "../../../src/core/origin.ts";

const LABEL = "a".repeat(63);

describe("diagnoseOrigin", () => {
  it.each([
    ["https://@a.example", "origin-with-user-info"],
    ["https://a.example/*b://", "origin-with-path"],
    ["https://a.example/file:", "origin-with-path"],
    [" file:///x", "origin-file"],
    ["FILE:x", "origin-file"],
    ["https://a b:65535", "origin-invalid"],
    ["https://a b:65536", "origin-port-invalid"],
    ["https://a b1", "origin-invalid"],
    ["https://1 b", "origin-invalid"],
    ["https://a.1b c", "origin-invalid"],
    ["https://a.12", "origin-ip-invalid"],
    ["https://a.0x1f", "origin-ip-invalid"],
    ["https://1.2.3.4.5", "origin-ip-invalid"],
    ["https://::ffff:x", "origin-ip-invalid"],
    ["https://[::1", "origin-ip-invalid"],
    // As long as may be, and one more.
    [`https://${LABEL}.${LABEL}.${LABEL}.${"a".repeat(60)}.`, "origin-trailing-dot"],
    [`https://${LABEL}.${LABEL}.${LABEL}.${"a".repeat(61)}.`, "origin-too-long"],
    [`${"s".repeat(64)}://a.`, "origin-trailing-dot"],
    [`${"s".repeat(65)}://a.`, "origin-too-long"],
  ])("of %j is %s", (text, code) => {
    expect(diagnoseOrigin(text)).toBe(code);
  });
});

it.each([
  ["a tail is one, whatever follows", `https://a.example/cb?${"x".repeat(1_000_000)}`, "origin-with-path"],
  ["user info is", `https://u@a.example/${"x".repeat(1000)}`, "origin-with-user-info"],
  ["a scheme that is missing is", "*".repeat(1_000_000), "origin-without-scheme"],
  ["the rest is not looked at", `https://${"é".repeat(1000)}`, "origin-too-long"],
  ["the longest there may be", `https://${"é".repeat(MAX_ORIGIN_LENGTH - 8)}`, "origin-not-ascii"],
  ["and one more", `https://${"é".repeat(MAX_ORIGIN_LENGTH - 7)}`, "origin-too-long"],
])("diagnoseOrigin of a long text: %s", (_, text, code) => {
  expect(diagnoseOrigin(text)).toBe(code);
});

describe("diagnosePath", () => {
  it.each([
    ["/:a:b", "path-parameter-invalid"],
    ["/:id/é", "path-not-serialized"],
    ["/*/é", "path-not-serialized"],
    ["/a../é", "path-not-serialized"],
    ["/..a/é", "path-not-serialized"],
    ["/%2E./é", "path-with-dot-segment"],
    [`/${"a".repeat(399)}`, "path-not-serialized"],
    [`/${"a".repeat(400)}`, "path-invalid"],
    // The segment that was cut off is not known.
    [`/${"a".repeat(395)}/:id…`, "path-invalid"],
    [`/${"a".repeat(397)}/*…`, "path-invalid"],
    [`/a/b*/${"a".repeat(400)}`, "path-wildcard-misplaced"],
  ])("of %j is %s", (text, code) => {
    expect(diagnosePath(text)).toBe(code);
  });
});
