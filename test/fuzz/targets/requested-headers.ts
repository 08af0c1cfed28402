/** The parser for the header names that a preflight asks for. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { AllowedHeaders } from "../../../src/core/allowed-headers.ts";
import {
  MAX_REQUESTED_HEADERS,
  MAX_REQUESTED_HEADERS_LENGTH,
  parseRequestedHeaders,
} from "../../../src/core/requested-headers.ts";
import { mutatedTexts } from "../mutated-texts.ts";
import { fuzzTarget } from "../target.ts";

const values = mutatedTexts({
  seeds: [
    "authorization,content-type",
    "x-a, X-B ,\tx-c",
    "a",
    "",
    "x".repeat(MAX_REQUESTED_HEADERS_LENGTH),
    "a,".repeat(MAX_REQUESTED_HEADERS - 1),
    "a,b",
  ],
  words: ["authorization", "Content-Type", "*", ",", ", ", " ,", ",,", "set-cookie", "x".repeat(600), "a,".repeat(60)],
});

export const requestedHeaders = fuzzTarget(
  "requested headers",
  fc.record({ value: values, listed: fc.subarray(["*", "Authorization", "x-a", "content-type"]) }),
  ({ value, listed }) => {
    const names = parseRequestedHeaders(value);
    assert.deepEqual(names && [...names], wanted(value));
    const judged = new AllowedHeaders(listed, 1).judge(value);
    assert.equal(judged === undefined, names === undefined);
    if (judged === undefined || names === undefined) return;
    const lower = listed.map((name) => name.toLowerCase());
    const isAllowed = (name: string) => lower.includes(name) || (listed.includes("*") && name !== "authorization");
    assert.deepEqual(judged.allowed, [...names].filter(isAllowed));
    assert.equal(
      judged.denied,
      [...names].find((name) => !isAllowed(name)),
    );
  },
);

/** As the contract puts it: at most 8 KiB and 128 elements, empty ones counted; white space and empty elements tolerated. */
function wanted(value: string): readonly string[] | undefined {
  const elements = value.split(",").map((element) => element.replace(/^[ \t]+/, "").replace(/(?<![ \t])[ \t]+$/, ""));
  const isGood = value.length <= 8192 && elements.length <= 128;
  const names = elements.filter((element) => element !== "");
  if (!isGood || !names.every((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name))) return undefined;
  return [...new Set(names.map((name) => name.toLowerCase()))];
}
