import { describe, expect, it } from "vitest";
import { isForbiddenRequestHeader, isToken } from "../../src/core/http-names.ts";

describe("isToken", () => {
  it("is true of each character that RFC 9110 allows, and of no other", () => {
    const allowed = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      expect([character, isToken(`x${character}x`)]).toEqual([character, allowed.includes(character)]);
    }
  });

  it.each(["", " ", "a b", "a\n", "a,b", "\u212A"])("is false of %j", (text) => {
    expect(isToken(text)).toBe(false);
  });
});

describe("isForbiddenRequestHeader", () => {
  it.each([
    ...["accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method"],
    ...["connection", "content-length", "cookie", "cookie2", "date", "dnt", "expect", "host", "keep-alive", "origin"],
    ...["referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "via"],
    ...["proxy-", "proxy-authorization", "sec-", "sec-fetch-site", "sec-anything"],
  ])("is true of %s", (name) => {
    expect(isForbiddenRequestHeader(name)).toBe(true);
  });

  it.each([
    ...["accept", "authorization", "content-type", "range", "x-requested-with", "user-agent", "traceparent"],
    ...["proxy", "sec", "security", "x-proxy-a", "cookie3", "*", "constructor"],
  ])("is false of %s", (name) => {
    expect(isForbiddenRequestHeader(name)).toBe(false);
  });
});
