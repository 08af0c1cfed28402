import { describe, expect, it } from "vitest";
import { fileNameOf, hostnameOf, isPolicyFileName, requireHostname } from "../../../src/cli/policy-files.ts";

const SIXTEEN_LABELS = `${"a.".repeat(15)}a`;
/** 253 bytes. */
const LONG = `a.${`${"b".repeat(62)}.`.repeat(3)}${"b".repeat(62)}`;

describe("requireHostname", () => {
  it.each([
    "api.example.com",
    "*.example.com",
    "*.com",
    "localhost",
    "192.0.2.1",
    "[2001:db8::1]",
    "xn--caf-dma.example",
    "_dmarc.example.com",
    "*._wildcard.example.com",
    "api.json",
    "schema",
    "any.example.com",
    "*.any.example.com",
    SIXTEEN_LABELS,
    `*.${SIXTEEN_LABELS.slice(2)}`,
    `*.${LONG.slice(2)}`,
  ])("accepts %s, and its file is its own", (hostname) => {
    expect(requireHostname(hostname)).toBe(hostname);
    expect(hostnameOf(fileNameOf(hostname))).toBe(hostname);
    expect(isPolicyFileName(fileNameOf(hostname))).toBe(true);
  });

  it.each([
    ["API.example.com", /; write api\.example\.com$/],
    ["api.example.com.", /; write api\.example\.com$/],
    ["api.example.com:8443", /; write api\.example\.com$/],
    ["https://api.example.com/v1", /; write api\.example\.com$/],
    ["*.Example.com:8443", /; write \*\.example\.com$/],
    ["café.example", /; write xn--caf-dma\.example$/],
    ["_wildcard.example.com", /the file of \*\.example\.com is called; write \*\.example\.com$/],
    ["_wildcard.com", /the file of \*\.com is called; write \*\.com$/],
    ["*.192.0.2.1", /; write 192\.0\.2\.1$/],
    ["*.[2001:db8::1]", /; write \[2001:db8::1\]$/],
    ["*.2.1", /; write 2\.0\.0\.1$/],
    ["policy.schema", /policy\.schema\.json is a schema's name; choose one/],
    ["*.schema", /_wildcard\.schema\.json is a schema's name; choose one/],
    ["*.*.example.com", /no path\)$/],
    ["*.", /no path\)$/],
    ["", /no path\)$/],
    ["..", /no path\)$/],
    ["../secret", /no path\)$/],
    ["a b", /no path\)$/],
    [`a.${SIXTEEN_LABELS}`, /no path\)$/],
    [`*.${SIXTEEN_LABELS}`, /; write a\..*\.a$/],
  ])("refuses %j, and says what to write", (text, message) => {
    expect(() => requireHostname(text)).toThrow(message);
  });
});
