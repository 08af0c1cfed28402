import { describe, expect, it } from "vitest";
import { nearestMiss } from "../../src/core/nearest-miss.ts";

const NOW = Date.UTC(2027, 0, 15);

function nearest(patterns: readonly string[], origin: string): string | undefined {
  return nearestMiss(
    patterns.map((pattern) => ({ pattern, endsAt: undefined })),
    origin,
    NOW,
  );
}

describe("nearestMiss finds", () => {
  it.each([
    ["another scheme", ["https://app.example.com"], "http://app.example.com", "https://app.example.com"],
    ["a missing port", ["http://localhost:3000"], "http://localhost", "http://localhost:3000"],
    ["another port", ["http://localhost:3000"], "http://localhost:5173", "http://localhost:3000"],
    ["another scheme and port", ["https://app.example.com"], "http://app.example.com:8080", "https://app.example.com"],
    [
      "another scheme where any port is allowed",
      ["https://localhost:*"],
      "http://localhost:3000",
      "https://localhost:*",
    ],
    ["a leading www. too many", ["https://example.com"], "https://www.example.com", "https://example.com"],
    ["a leading www. too few", ["https://www.example.com"], "https://example.com", "https://www.example.com"],
    ["a wildcard over the bare domain", ["https://*.example.com"], "https://example.com", "https://*.example.com"],
    ["a wildcard of another scheme", ["https://*.example.com"], "http://a.example.com", "https://*.example.com"],
    [
      "a wildcard label of another name",
      ["https://pr-*.example.com"],
      "https://x.example.com",
      "https://pr-*.example.com",
    ],
    [
      "the scheme before the port",
      ["https://a.example:8443", "http://a.example"],
      "https://a.example",
      "http://a.example",
    ],
    [
      "the port before www.",
      ["https://www.a.example", "https://a.example:8443"],
      "https://a.example",
      "https://a.example:8443",
    ],
    [
      "www. before a wildcard",
      ["https://*.a.example", "https://www.a.example"],
      "https://a.example",
      "https://www.a.example",
    ],
    [
      "any port before another scheme",
      ["http://a.example:8080", "https://a.example:*"],
      "http://a.example:9090",
      "https://a.example:*",
    ],
    [
      "the same scheme before another",
      ["http://*.a.example", "https://*.a.example"],
      "https://a.example",
      "https://*.a.example",
    ],
    [
      "the first of two that are as near",
      ["http://a.example:1", "http://a.example:2"],
      "http://a.example",
      "http://a.example:1",
    ],
  ])("%s", (_, patterns, origin, expected) => {
    expect(nearest(patterns, origin)).toBe(expected);
  });
});

describe("nearestMiss finds nothing", () => {
  it.each([
    ["among no patterns", [], "https://app.example.com"],
    ["for another host", ["https://app.example.com"], "https://app.example.org"],
    ["for a host that only ends alike", ["https://*.example.com"], "https://evilexample.com"],
    ["for a sibling of an exact origin", ["https://app.example.com"], "https://web.example.com"],
    ["for an opaque origin", ["https://app.example.com", "null"], "null"],
    ["for a malformed origin", ["https://app.example.com"], "https://app.example.com/"],
    ["in `null`", ["null"], "https://null"],
    ["in a wildcard over a whole host", ["https://build-*"], "https://build.example.com"],
    [
      "in a wildcard over a whole host, though every host ends like it",
      ["https://build-*"],
      "https://build.example.com.",
    ],
  ])("%s", (_, patterns, origin) => {
    expect(nearest(patterns, origin)).toBeUndefined();
  });

  it("in what has ended", () => {
    const near = (endsAt: number) =>
      nearestMiss([{ pattern: "https://app.example.com", endsAt }], "http://app.example.com", NOW);
    expect(near(NOW + 1)).toBe("https://app.example.com");
    expect(near(NOW)).toBeUndefined();
  });
});
