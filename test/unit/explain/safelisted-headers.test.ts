import { describe, expect, it } from "vitest";
import {
  areSafelistedValuesTooLong,
  isDecidedByValue,
  isSafelistedRequestHeader,
  unsafeRequestHeaderNames,
} from "../../../src/core/explain/safelisted-headers.ts";

const UNSAFE_BYTES = [...'"():<>?@[\\]{}', "\x00", "\x08", "\x0a", "\x1f", "\x7f"];

describe("isSafelistedRequestHeader accepts", () => {
  it.each([
    ["accept", "text/html, application/json;q=0.9, */*;q=0.8"],
    ["accept", ""],
    ["accept", "a\tb"],
    ["accept", "\x80\xff"],
    ["accept", "x".repeat(128)],
    ["accept-language", "de-AT, de;q=0.8, *;q=0.1"],
    ["accept-language", ""],
    ["content-language", "en"],
    ["content-type", "text/plain"],
    ["content-type", "text/plain;charset=utf-8"],
    ["content-type", "TEXT/Plain ; x"],
    ["content-type", "text/plain;"],
    ["content-type", "application/x-www-form-urlencoded"],
    ["content-type", "multipart/form-data; boundary=----x"],
    ["range", "bytes=0-"],
    ["range", "bytes=0-5"],
    ["range", "bytes=5-5"],
    ["range", "bytes=15-"],
    ["range", "bytes=10-25"],
  ])("%s: %j", (name, value) => {
    expect(isSafelistedRequestHeader(name, value)).toBe(true);
  });
});

describe("isSafelistedRequestHeader refuses", () => {
  it.each([
    ["x-trace", "1"],
    ["authorization", "Bearer x"],
    ["accept-encoding", "gzip"],
    ["accept", "x".repeat(129)],
    ["accept-language", "en_US"],
    ["accept-language", "en\tde"],
    ["accept-language", "é"],
    ["content-language", "a/b"],
    ["content-type", ""],
    ["content-type", "application/json"],
    ["content-type", "text/plain, application/json"],
    ["content-type", "text"],
    ["content-type", "/plain"],
    ["content-type", "text /plain"],
    ["content-type", "text/ plain"],
    ["content-type", "\xa0text/plain"],
    ["content-type", "text/plain\xa0"],
    ["content-type", 'text/plain; a="b"'],
    ["range", ""],
    ["range", "bytes=-500"],
    ["range", "bytes=5-2"],
    ["range", "Bytes=0-5"],
    ["range", "bytes= 0-5"],
    ["range", "bytes=0-5,7-9"],
    ["range", "items=0-5"],
    ["range", "xbytes=0-5"],
    ["range", "bytes=-"],
    // Byte-lowercase is the caller's part.
    ["Accept", "text/html"],
  ])("%s: %j", (name, value) => {
    expect(isSafelistedRequestHeader(name, value)).toBe(false);
  });

  it.each(UNSAFE_BYTES)("the byte %j in accept and content-type", (byte) => {
    expect(isSafelistedRequestHeader("accept", `a${byte}b`)).toBe(false);
    expect(isSafelistedRequestHeader("content-type", `text/plain;${byte}`)).toBe(false);
  });
});

describe("unsafeRequestHeaderNames", () => {
  it("gives the names of what is not safelisted: each once, sorted", () => {
    const headers = [
      ["x-b", "1"],
      ["accept", "text/html"],
      ["content-type", "application/json"],
      ["x-a", "1"],
      ["x-b", "2"],
    ] as const;
    expect(unsafeRequestHeaderNames(headers)).toEqual(["content-type", "x-a", "x-b"]);
  });

  it.each([
    [1024, []],
    [1025, ["accept", "range"]],
  ])("counts the bytes of safelisted values together: %i", (size, names) => {
    const long = Array.from({ length: 9 }, () => ["accept", "x".repeat(110)] as const);
    const range = `bytes=0-${"9".repeat(size - 9 * 110 - 8)}`;
    const headers = [...long, ["range", range] as const, ["x-not-counted", "x".repeat(2000)] as const];
    expect(areSafelistedValuesTooLong(headers)).toBe(names.length > 0);
    expect(unsafeRequestHeaderNames(headers)).toEqual([...names, "x-not-counted"]);
  });
});

it("isDecidedByValue knows the names of which some values are safelisted", () => {
  const names = ["accept", "accept-language", "content-language", "content-type", "range", "authorization", "x-a"];
  expect(names.filter(isDecidedByValue)).toEqual(names.slice(0, 5));
});
