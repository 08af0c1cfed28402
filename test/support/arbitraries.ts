/** Generators that several property tests share. Alphabets are small, so that what is generated often meets. */

import fc from "fast-check";
import { parseOrigin } from "../../src/core/origin.ts";

/** Any text at all: ASCII for the most part, and any UTF-16 code unit, halves of pairs included. */
export const anyTexts = fc.string({
  unit: fc
    .oneof({ arbitrary: fc.nat({ max: 0x7f }), weight: 5 }, fc.nat({ max: 0xffff }))
    .map((unit) => String.fromCharCode(unit)),
});

const SCHEMES = ["https", "http", "app"];
const LABELS = ["a", "b", "ab", "pr-1", "x_y", "com"];
const PORTS = ["", "", ":8443", ":3000"];

const plainHosts = fc.oneof(
  {
    arbitrary: fc.array(fc.constantFrom(...LABELS), { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")),
    weight: 8,
  },
  { arbitrary: fc.constantFrom("localhost", "127.0.0.1", "[::1]", "a.xn--mnchen-3ya.com"), weight: 1 },
);

/** Hosts that the URL parser lets through, although nobody has a name like these. */
const oddHosts = fc.constantFrom("*.a.com", "b.*.a.com", ".a.com", "b..a.com", "b!.a.com", "a.com.", "pr-1.");

function written(scheme: string, host: string, port: string): string {
  return `${scheme}://${host}${port}`;
}

/** Origin patterns without `*`. */
export const exactPatternTexts = fc
  .tuple(fc.constantFrom(...SCHEMES), plainHosts, fc.constantFrom(...PORTS))
  .map((parts) => written(...parts))
  .filter((text) => parseOrigin(text) !== undefined);

/** Serialized tuple origins, as a browser may send them. */
export const originTexts = fc.oneof(
  { arbitrary: exactPatternTexts, weight: 9 },
  {
    arbitrary: fc
      .tuple(fc.constantFrom("https", "http"), oddHosts, fc.constantFrom(...PORTS))
      .map((parts) => written(...parts)),
    weight: 1,
  },
);

const gappedLabels = fc
  .tuple(fc.constantFrom("", "a", "pr-", "x"), fc.constantFrom("", "b", "-1", "y"))
  .map(([before, after]) => `${before}*${after}`);

/** Origin patterns with a `*` in each of the places where one may be. */
const openPatternTexts = fc
  .tuple(
    fc.constantFrom(...SCHEMES),
    fc.oneof(
      fc.tuple(fc.constant("*"), fc.array(fc.constantFrom(...LABELS), { minLength: 1, maxLength: 3 })),
      fc.tuple(gappedLabels, fc.array(fc.constantFrom(...LABELS), { minLength: 1, maxLength: 3 })),
      fc.tuple(fc.constantFrom("a*", "*b", "pr-*"), fc.constant<string[]>([])),
    ),
    fc.constantFrom(...PORTS, ":*"),
  )
  .map(([scheme, [label, parent], port]) => written(scheme, [label, ...parent].join("."), port));

/** Origin patterns of every kind but `*` and `null`. */
export const patternTexts = fc.oneof(
  exactPatternTexts,
  openPatternTexts,
  exactPatternTexts.map((text) => (/:[0-9]+$/.test(text) ? text : `${text}:*`)),
);

const pathLiterals = fc.constantFrom("a", "b", "ab");

/** Path patterns of the accepted syntax. */
export const pathPatternTexts = fc
  .tuple(
    fc.array(fc.oneof(pathLiterals, pathLiterals, fc.constantFrom(":x", ":x", "*")), { maxLength: 3 }),
    fc.constantFrom("", "", "/*"),
  )
  // A `*` at the very end would be a rest, so one more segment follows it.
  .map(([segments, rest]) => `/${segments.join("/")}${segments.at(-1) === "*" && rest === "" ? "/a" : ""}${rest}`)
  .map((text) => (text === "//*" ? "/*" : text));

/** Paths in the alphabet of {@link pathPatternTexts}, with empty segments and trailing slashes. */
export const pathTexts = fc
  .array(fc.oneof({ arbitrary: fc.constantFrom("a", "b", "ab", "c"), weight: 6 }, fc.constant("")), { maxLength: 5 })
  .map((segments) => `/${segments.join("/")}`);
