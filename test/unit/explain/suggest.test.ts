import { describe, expect, it } from "vitest";
import { suggest } from "../../../src/core/explain/suggest.ts";
import type { IssueCode } from "../../../src/core/issue.ts";

describe("suggest", () => {
  it.each<[IssueCode, string, string | undefined]>([
    ["origin-insecure", "http://a.example", "https://a.example"],
    ["origin-insecure", "http://a.example:443", "https://a.example"],
    ["origin-insecure", "http://*.a.example:8080", "https://*.a.example:8080"],
    ["origin-with-user-info", "https://u@a.example", "https://a.example"],
    ["origin-port-invalid", "https://a.example:008", "https://a.example:8"],
    ["origin-upper-case", "https://*.A.example", "https://*.a.example"],
    ["origin-upper-case", "https://A.example:*", "https://a.example:*"],
    ["origin-invalid", "https://*.a b", undefined],
    ["upstream-insecure", "http://origin.example.net/api", "https://origin.example.net/api"],
    ["upstream-insecure", "…@origin.example.net", undefined],
    ["upstream-invalid", "origin.example.net/api", "https://origin.example.net/api"],
    ["upstream-invalid", "//origin.example.net", "https://origin.example.net"],
    ["upstream-invalid", "…@origin.example.net", undefined],
    ["upstream-invalid", "ftp://origin.example.net", undefined],
    ["upstream-invalid", "a b", undefined],
    ["path-with-question-mark", "/a?bc", "/a"],
    ["path-with-double-star", "/a/**", "/a/*"],
    ["path-wildcard-misplaced", "/a/:id*", undefined],
    ["path-with-regexp", "/:id{[0-9]+}", "/:id"],
    ["origin-not-ascii", "https://*.ä.example", "https://*.xn--4ca.example"],
    ["origin-ip-invalid", "https://*.127.1", undefined],
    ["origin-without-scheme", " NULL", "null"],
    ["origin-without-scheme", "nullo", "https://nullo"],
    ["method-lower-case", "get", "GET"],
    ["method-lower-case", "a".repeat(400), "A".repeat(400)],
    ["method-lower-case", "a".repeat(401), undefined],
    ["header-invalid", "x a", undefined],
  ])("of %s %j gives %j", (code, found, suggestion) => {
    expect(suggest({ code, pointer: "", found })).toBe(suggestion);
  });

  it.each([
    ["allow_methods", "allowMethods"],
    ["AllowedOrigin", "allowOrigins"],
    ["mathods", undefined],
  ])("of the field %s gives %s", (found, name) => {
    const expected = "allowOrigins allowMethods";
    expect(suggest({ code: "field-unknown", pointer: "", found, expected })).toBe(name);
  });

  it("of nothing gives nothing", () => {
    expect(suggest({ code: "wrong-type", pointer: "" })).toBeUndefined();
    expect(suggest({ code: "number-out-of-range", pointer: "", found: 7 })).toBeUndefined();
  });
});
