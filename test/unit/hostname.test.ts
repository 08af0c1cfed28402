import { describe, expect, it } from "vitest";
import { policyHostname, policyKey, policyKeys } from "../../src/core/hostname.ts";

const HOST_253 = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`;

function hostOfLabels(count: number): string {
  return Array.from({ length: count }, (_, index) => `l${index}`).join(".");
}

describe("policyHostname", () => {
  it.each([
    ["api.example.com", "api.example.com"],
    ["api.example.com.", "api.example.com"],
    ["localhost", "localhost"],
    ["[::1]", "[::1]"],
    ["127.0.0.1", "127.0.0.1"],
    ["api.example.com..", "api.example.com."],
    [".", ""],
    ["", ""],
  ])("of %s is %s", (hostname, expected) => {
    expect(policyHostname(hostname)).toBe(expected);
  });
});

describe("policyKey", () => {
  it("is the key of one document", () => {
    expect(policyKey("api.example.com")).toBe("policy/api.example.com");
    expect(policyKey("*.example.com")).toBe("policy/*.example.com");
  });
});

describe("policyKeys gives, closest first,", () => {
  it.each([
    ["api.example.com", ["policy/api.example.com", "policy/*.example.com", "policy/*.com"]],
    ["a.b.example.com", ["policy/a.b.example.com", "policy/*.b.example.com", "policy/*.example.com", "policy/*.com"]],
    ["example.com", ["policy/example.com", "policy/*.com"]],
    ["localhost", ["policy/localhost"]],
    ["127.0.0.1", ["policy/127.0.0.1"]],
    ["192.168.100.200", ["policy/192.168.100.200"]],
    ["[::1]", ["policy/[::1]"]],
    ["[2001:db8::1]", ["policy/[2001:db8::1]"]],
    ["1.2.3.example", ["policy/1.2.3.example", "policy/*.2.3.example", "policy/*.3.example", "policy/*.example"]],
    ["a.1.2.3.4", ["policy/a.1.2.3.4", "policy/*.1.2.3.4", "policy/*.2.3.4", "policy/*.3.4", "policy/*.4"]],
    ["1.2.3.4x", ["policy/1.2.3.4x", "policy/*.2.3.4x", "policy/*.3.4x", "policy/*.4x"]],
    ["a[b.example", ["policy/a[b.example", "policy/*.example"]],
    ["xn--mnchen-3ya.example", ["policy/xn--mnchen-3ya.example", "policy/*.example"]],
  ])("the keys of %s", (hostname, keys) => {
    expect(policyKeys(hostname)).toEqual(keys);
  });

  it("the keys of a hostname of 16 labels", () => {
    const keys = policyKeys(hostOfLabels(16));
    expect(keys).toHaveLength(16);
    expect(keys[0]).toBe(`policy/${hostOfLabels(16)}`);
    expect(keys.at(-1)).toBe("policy/*.l15");
  });

  it("the keys of a hostname of 253 bytes", () => {
    expect(policyKeys(HOST_253)).toHaveLength(4);
  });
});

describe("policyKeys gives none", () => {
  it.each([
    ["for an empty hostname", ""],
    ["for a hostname of 254 bytes", `${HOST_253}d`],
    ["for a hostname of 17 labels", hostOfLabels(17)],
    ["for an empty label at the start", ".example.com"],
    ["for an empty label in the middle", "api..example.com"],
    ["for an empty label at the end", "api.example.com."],
    ["for `*` as a label, so that no stranger names a wildcard's key", "*.example.com"],
    ["for `*` inside a label", "a*b.example.com"],
  ])("%s", (_, hostname) => {
    expect(policyKeys(hostname)).toEqual([]);
  });
});
