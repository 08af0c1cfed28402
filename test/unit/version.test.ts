import { describe, expect, it } from "vitest";
import { MAX_VERSION, parseVersion } from "../../src/core/version.ts";

describe("parseVersion", () => {
  it.each([0, 1, 42, 999_999_999_999_999])("of %s is itself", (version) => {
    expect(parseVersion({ version })).toBe(version);
    expect(parseVersion({ version, author: "ci" })).toBe(version);
    expect(MAX_VERSION).toBe(999_999_999_999_999);
  });

  it.each<[string, unknown]>([
    ["no metadata", null],
    ["none at all", undefined],
    ["a text", "version"],
    ["a number", 7],
    ["metadata without one", { pushed: 1 }],
    ["a text as the version", { version: "1" }],
    ["none", { version: null }],
    ["a fraction", { version: 1.5 }],
    ["a negative number", { version: -1 }],
    ["more than a structured field can say", { version: 1_000_000_000_000_000 }],
    ["infinity", { version: Number.POSITIVE_INFINITY }],
  ])("is undefined for %s", (_, metadata) => {
    expect(parseVersion(metadata)).toBeUndefined();
  });

  it("takes what is no object for no metadata, even where it has such a property", () => {
    expect(parseVersion(Object.assign(() => undefined, { version: 1 }))).toBeUndefined();
  });
});
