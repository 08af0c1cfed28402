import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MAX_REQUESTED_HEADERS,
  MAX_REQUESTED_HEADERS_LENGTH,
  parseRequestedHeaders,
} from "../../src/core/requested-headers.ts";
import { anyTexts } from "../support/arbitraries.ts";

describe("parseRequestedHeaders gives", () => {
  it.each([
    ["one name", "content-type", ["content-type"]],
    ["names in the order sent", "x-b,content-type,x-a", ["x-b", "content-type", "x-a"]],
    ["names in lower case", "Content-Type,X-A", ["content-type", "x-a"]],
    ["a duplicate once", "x-a,x-b,x-a", ["x-a", "x-b"]],
    ["a duplicate in another case once", "x-a,X-A", ["x-a"]],
    ["names without the white space around", " x-a ,\tx-b\t , x-c", ["x-a", "x-b", "x-c"]],
    ["names without empty elements", ",x-a,,x-b, ,\t,", ["x-a", "x-b"]],
    ["the names of several field lines, joined as HTTP joins them", "x-a, x-b, x-c,x-d", ["x-a", "x-b", "x-c", "x-d"]],
    ["every character of a token", "!#$%&'*+-.^_`|~09az", ["!#$%&'*+-.^_`|~09az"]],
    ["a `*` like any name", "*", ["*"]],
    ["nothing for nothing", "", []],
    ["nothing for empty elements", " ,,\t, ", []],
    ["a name that an object inherits", "constructor,__proto__", ["constructor", "__proto__"]],
  ])("%s", (_, value, names) => {
    expect([...(parseRequestedHeaders(value) ?? ["refused"])]).toEqual(names);
  });
});

describe("parseRequestedHeaders refuses", () => {
  it.each([
    ["a space inside a name", "x a"],
    ["a name that is not ASCII", "x-ä"],
    ["a letter that only folds to ASCII", "x-\u212A"],
    ["a colon", "x-a:1"],
    ["quotation marks", '"x-a"'],
    ["a semicolon", "x-a;x-b"],
    ["a slash", "x/a"],
    ["a parenthesis", "(x)"],
    ["a line feed", "x-a\nx-b"],
    ["white space that is not HTTP's", "x-a,\u00a0x-b"],
    ["a vertical tab around a name", "\vx-a"],
    ["a NUL", "x-a\0"],
    ["a bad name after good ones", "content-type,x-a,x b"],
  ])("%s", (_, value) => {
    expect(parseRequestedHeaders(value)).toBeUndefined();
  });
});

describe("parseRequestedHeaders reads up to", () => {
  it("8 KiB and not a byte more", () => {
    expect(MAX_REQUESTED_HEADERS_LENGTH).toBe(8192);
    const longest = "a".repeat(8192);
    expect(parseRequestedHeaders(longest)).toEqual(new Set([longest]));
    expect(parseRequestedHeaders(`${longest}a`)).toBeUndefined();
  });

  it("8 KiB, white space counted", () => {
    expect(parseRequestedHeaders(`${" ".repeat(8189)}x-a`)).toEqual(new Set(["x-a"]));
    expect(parseRequestedHeaders(`${" ".repeat(8190)}x-a`)).toBeUndefined();
  });

  it("128 elements and not one more", () => {
    expect(MAX_REQUESTED_HEADERS).toBe(128);
    const names = Array.from({ length: 129 }, (_, index) => `x-${index}`);
    expect(parseRequestedHeaders(names.slice(0, 128).join(","))).toEqual(new Set(names.slice(0, 128)));
    expect(parseRequestedHeaders(names.join(","))).toBeUndefined();
  });

  it("128 elements, duplicates counted", () => {
    expect(parseRequestedHeaders(Array(128).fill("x-a").join(","))).toEqual(new Set(["x-a"]));
    expect(parseRequestedHeaders(Array(129).fill("x-a").join(","))).toBeUndefined();
  });

  it("128 elements, empty ones counted", () => {
    expect(parseRequestedHeaders(",".repeat(127))).toEqual(new Set());
    expect(parseRequestedHeaders(",".repeat(128))).toBeUndefined();
    expect(parseRequestedHeaders(`${",".repeat(127)}x-a`)).toEqual(new Set(["x-a"]));
    expect(parseRequestedHeaders(`${",".repeat(128)}x-a`)).toBeUndefined();
  });

  it("megabytes of white space without taking long", () => {
    expect(parseRequestedHeaders(`x-a${" \t".repeat(2_000_000)},x-b`)).toBeUndefined();
  });
});

describe("parseRequestedHeaders", () => {
  const names = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,6}$/);
  const space = fc.constantFrom("", "", " ", "\t", " \t ");
  const elements = fc.array(fc.tuple(space, fc.option(names, { nil: "" }), space), { minLength: 1, maxLength: 128 });

  it("finds the names between any white space and empty elements", () => {
    fc.assert(
      fc.property(elements, (parts) => {
        const value = parts.map((part) => part.join("")).join(",");
        const expected = parts.map(([, name]) => name.toLowerCase()).filter((name) => name !== "");
        expect(parseRequestedHeaders(value)).toEqual(new Set(expected));
      }),
    );
  });

  it("gives lower-case tokens or nothing, whatever the text", () => {
    fc.assert(
      fc.property(anyTexts, (value) => {
        for (const name of parseRequestedHeaders(value) ?? []) expect(name).toMatch(/^[!#$%&'*+.^_`|~0-9a-z-]+$/);
      }),
    );
  });
});
