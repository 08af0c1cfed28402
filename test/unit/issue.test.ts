import { describe, expect, it } from "vitest";
import { jsonPointer } from "../../src/core/issue.ts";

describe("jsonPointer", () => {
  it.each([
    ["the whole document", [], ""],
    ["a field", ["upstream"], "/upstream"],
    ["an element of a list", ["rules", 0, "allowOrigins", 12], "/rules/0/allowOrigins/12"],
    ["an empty name", [""], "/"],
    ["a slash in a name", ["a/b"], "/a~1b"],
    ["a tilde in a name", ["a~b"], "/a~0b"],
    ["what looks escaped already", ["~1", "~0"], "/~01/~00"],
  ])("leads to %s", (_, keys, pointer) => {
    expect(jsonPointer(keys)).toBe(pointer);
  });
});
