/** Generators of what a server may answer about CORS, right and wrong, and of what pages fetch from it. */

import fc from "fast-check";
import type { PageFetch } from "./browser-model/browser-model.ts";
import type { Answer } from "./browser-model/checks.ts";
import type { HeaderLines } from "./browser-model/names.ts";

/** Pages' fetches of one URL, and what the server answers to preflights and to everything else. */
export interface ScriptedCase {
  readonly fetches: readonly Pick<PageFetch, "method" | "headers" | "mode" | "credentials">[];
  readonly preflight: Answer;
  readonly actual: Answer;
  /** What the server answers after a redirect. */
  readonly redirected: Answer;
}

const lines = (name: string, ...values: (string | undefined)[]) =>
  fc.constantFrom(...values).map((value): HeaderLines => (value === undefined ? [] : [[name, value]]));

function allowOrigins(origin: string): fc.Arbitrary<HeaderLines> {
  const name = "access-control-allow-origin";
  const odd: HeaderLines[] = [
    [],
    [[name, "null"]],
    [[name, `${origin}/`]],
    [[name, origin.toUpperCase()]],
    [[name, `${origin}, ${origin}`]],
    [
      [name, origin],
      [name, origin],
    ],
    [[name, "https://evil.example"]],
  ];
  return fc.oneof(
    { arbitrary: fc.constant<HeaderLines>([[name, origin]]), weight: 8 },
    { arbitrary: fc.constant<HeaderLines>([[name, "*"]]), weight: 4 },
    { arbitrary: fc.constantFrom(...odd), weight: 2 },
  );
}

function answers(origin: string, statuses: readonly number[], location: string, ...more: fc.Arbitrary<HeaderLines>[]) {
  const credentials = lines("access-control-allow-credentials", undefined, "true", "true", "True", "false");
  return fc
    .tuple(fc.constantFrom(...statuses), allowOrigins(origin), credentials, ...more)
    .map(([status, ...fields]): Answer => {
      const isRedirect = status >= 300 && status < 400;
      return { status, headers: [...fields.flat(), ...(isRedirect ? [["location", location] as const] : [])] };
    });
}

const methodLists = lines("access-control-allow-methods", undefined, "PUT, PATCH", "*", "put", "GET,,PUT", "PUT;", "");
const headerLists = lines(
  "access-control-allow-headers",
  undefined,
  "X-A, content-type",
  "*",
  "*, Authorization",
  "x-b",
  "x a",
  "",
);
const exposed = lines(
  "access-control-expose-headers",
  undefined,
  "X-One",
  "*",
  "x-one,, set-cookie, X-Two",
  "x-one x-two",
);
/** None of them makes a test depend on how fast it is. */
const maxAges = lines("access-control-max-age", "0", "600", "600");

const fetches = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST", "put", "PUT", "PATCH"),
  headers: fc.uniqueArray(
    fc.constantFrom<HeaderLines[number]>(
      ["x-a", "1"],
      ["X-B", "2"],
      ["authorization", "Bearer t"],
      ["accept", "text/html"],
      ["accept", "(x)"],
      ["accept", "a".repeat(129)],
      ["content-type", "text/plain;charset=utf-8"],
      ["content-type", "application/json"],
      ["accept-language", "de"],
      ["content-language", "de_DE"],
      ["range", "bytes=0-9"],
      ["range", "bytes=-9"],
      ["sec-fetch-site", "none"],
    ),
    { maxLength: 2, selector: ([name]) => name.toLowerCase() },
  ),
  mode: fc.constantFrom<PageFetch["mode"]>("cors", "cors", "cors", "cors", "no-cors"),
  credentials: fc.constantFrom<PageFetch["credentials"]>("omit", "same-origin", "include"),
});

/**
 * Cases for a page.
 * @param origin of the page
 * @param location where redirects lead to
 */
export function scriptedCases(origin: string, location: string): fc.Arbitrary<ScriptedCase> {
  const own: HeaderLines = [
    ["content-type", "text/plain"],
    ["x-one", "1"],
    ["x-two", "2"],
    ["cache-control", "no-store"],
  ];
  return fc.record({
    fetches: fc.array(fetches, { minLength: 1, maxLength: 3 }),
    preflight: answers(origin, [200, 204, 204, 204, 299, 302, 403], location, methodLists, headerLists, maxAges),
    actual: answers(origin, [200, 200, 200, 404, 302, 307], location, exposed, fc.constant(own)),
    redirected: answers("null", [200], location, exposed, fc.constant(own)),
  });
}
