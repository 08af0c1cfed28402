import { describe, expect, it } from "vitest";
import { AllowedHeaders } from "../../src/core/allowed-headers.ts";

describe("AllowedHeaders", () => {
  it.each<[string[], object]>([
    [["X-A", "content-type"], { any: false, names: new Set(["x-a", "content-type"]) }],
    [["*", "Authorization"], { any: true, names: new Set(["authorization"]) }],
    [[], { any: false, names: new Set() }],
  ])("reads %j", (allowHeaders, expected) => {
    const { any, names } = new AllowedHeaders(allowHeaders, 20);
    expect({ any, names }).toEqual(expected);
  });

  it.each<[string[], string, object | undefined]>([
    [["x-a", "x-b"], "X-B,x-a", { denied: undefined, allowed: ["x-b", "x-a"] }],
    [["x-a"], "x-b,x-a,x-c", { denied: "x-b", allowed: ["x-a"] }],
    [["x-a"], "x-a,X-A", { denied: undefined, allowed: ["x-a"] }],
    [["*"], "x-a,authorization", { denied: "authorization", allowed: ["x-a"] }],
    [["*", "Authorization"], "x-a,authorization", { denied: undefined, allowed: ["x-a", "authorization"] }],
    [[], "", { denied: undefined, allowed: [] }],
    [[], "x-a", { denied: "x-a", allowed: [] }],
    [["x-a"], "x a", undefined],
    [["*"], ",".repeat(128), undefined],
  ])("under %j judges %j", (allowHeaders, value, expected) => {
    const headers = new AllowedHeaders(allowHeaders, 20);
    expect(headers.judge(value)).toEqual(expected);
    expect(headers.judge(value)).toEqual(expected);
  });

  it("keeps what it made of a list, but not of a long one", () => {
    const headers = new AllowedHeaders(["x-a"], 20);
    expect(headers.judge("x-a")).toBe(headers.judge("x-a"));
    const long = `x-a,${"x".repeat(509)}`;
    expect(headers.judge(long)).toEqual(headers.judge(long));
    expect(headers.judge(long)).not.toBe(headers.judge(long));
  });
});
