import { describe, expect, it } from "vitest";
import { CHECKS, isConformant, judge } from "../conformance/judge.ts";
import type { Expectation, Probe, Probes } from "../conformance/probes.ts";
import type { HeaderLines } from "../support/browser-model/names.ts";

const ALLOWED = "https://shop.example.com";
const DENIED = "https://evil.example";

const EXPECTATION: Expectation = {
  url: new URL("https://api.example.com/"),
  allowed: ALLOWED,
  denied: DENIED,
  method: "put",
  headers: ["content-type"],
  isCredentialed: true,
};

type Fields = Readonly<Record<string, string>>;
type Name = Exclude<keyof Probes, "nearMisses">;

const OPEN = { "access-control-allow-origin": ALLOWED, "access-control-allow-credentials": "true", vary: "Origin" };
const LISTS = {
  "access-control-allow-methods": "GET, PUT",
  "access-control-allow-headers": "content-type",
  "access-control-max-age": "600",
};
const VARY = { vary: "Origin" };

/** The answers of an API without a fault; `changes` are laid over them, and `lines` are added. */
function answers(
  changes: Partial<Record<Name | "suffix", Fields>> = {},
  lines: HeaderLines = [],
  status = 404,
): Probes {
  const probe = (name: Name, origin: string | undefined, code: number, fields: Fields): Probe => ({
    title: name,
    origin,
    answer: {
      status: code,
      headers: [...Object.entries(changes[name] ?? fields), ...(name === "actual" ? lines : [])],
    },
  });
  const suffix = `${ALLOWED}.probe.invalid`;
  const miss = {
    title: "suffix",
    origin: suffix,
    answer: { status: 200, headers: Object.entries(changes.suffix ?? VARY) },
  };
  return {
    preflight: probe("preflight", ALLOWED, 204, { ...OPEN, ...LISTS }),
    deniedPreflight: probe("deniedPreflight", DENIED, 403, VARY),
    actual: probe("actual", ALLOWED, 200, OPEN),
    deniedActual: probe("deniedActual", DENIED, 200, VARY),
    withoutOrigin: probe("withoutOrigin", undefined, 200, VARY),
    plainOptions: probe("plainOptions", ALLOWED, 405, OPEN),
    missing: probe("missing", ALLOWED, status, OPEN),
    oddPreflight: probe("oddPreflight", ALLOWED, 204, { ...OPEN, ...LISTS }),
    nearMisses: [{ kind: "suffix", ...miss }],
  };
}

function statusOf(id: string, probes: Probes, expectation = EXPECTATION) {
  return judge(probes, expectation).find((finding) => finding.id === id)?.status;
}

describe("judge", () => {
  it("finds no fault with an API that has none", () => {
    const findings = judge(answers(), EXPECTATION);
    const others = findings.filter(({ status }) => status !== "pass").map(({ id, status }) => [id, status]);
    // Other neighbours were not asked for here.
    expect(others).toEqual(
      ["unescaped-dot-origin", "prefix-origin", "downgraded-origin", "null-origin"].map((id) => [id, "skip"]),
    );
    expect(isConformant(findings)).toBe(true);
  });

  const any = (origin: string) => ({ "access-control-allow-origin": origin });
  it.each<[id: string, Parameters<typeof answers>[0], expected: string]>([
    ["preflight-passes", { preflight: OPEN }, "fail"],
    ["preflight-passes", { preflight: { ...OPEN, ...LISTS, "access-control-allow-headers": "x-a" } }, "fail"],
    ["actual-passes", { actual: VARY }, "fail"],
    ["actual-passes", { actual: any(ALLOWED) }, "fail"],
    ["preflight-of-denied", { deniedPreflight: any("*") }, "pass"],
    ["actual-of-denied", { deniedActual: any(DENIED) }, "fail"],
    ["suffix-origin", { suffix: any(`${ALLOWED}.probe.invalid`) }, "fail"],
    ["suffix-origin", { deniedActual: any("*"), suffix: any("*") }, "skip"],
    ["suffix-origin", { deniedActual: any(DENIED) }, "skip"],
    ["allow-origin-syntax", { withoutOrigin: any(`${ALLOWED}/`) }, "fail"],
    ["allow-origin-syntax", { withoutOrigin: any(`${ALLOWED}, ${DENIED}`) }, "fail"],
    ["allow-origin-syntax", { withoutOrigin: any("") }, "fail"],
    ["allow-origin-syntax", { withoutOrigin: any("capacitor://localhost") }, "pass"],
    ["allow-credentials-syntax", { actual: { ...OPEN, "access-control-allow-credentials": "True" } }, "fail"],
    ["credentials-beside-wildcard", { actual: { ...OPEN, ...any("*") } }, "fail"],
    ["nothing-on-denial", { deniedPreflight: { "access-control-allow-credentials": "true" } }, "warn"],
    ["nothing-on-denial", { deniedActual: any("*") }, "skip"],
    ["vary-origin", { withoutOrigin: {} }, "fail"],
    ["vary-origin", { deniedActual: { vary: "accept" } }, "fail"],
    ["vary-origin", { actual: { ...OPEN, vary: "*" } }, "pass"],
    ["vary-origin", { actual: any("*"), deniedActual: any("*"), withoutOrigin: any("*") }, "pass"],
    ["vary-of-preflight", { preflight: { ...OPEN, ...LISTS, vary: "" } }, "warn"],
    ["vary-of-preflight", { oddPreflight: { ...OPEN, "access-control-allow-headers": "x-other" } }, "warn"],
    ["preflight-lists", { preflight: { ...OPEN, ...LISTS, "access-control-allow-methods": "GET PUT" } }, "fail"],
    ["headers-not-echoed", { oddPreflight: { "access-control-allow-headers": "x-conformance-probe" } }, "warn"],
    ["max-age", { preflight: OPEN }, "warn"],
    ["max-age", { preflight: { ...OPEN, "access-control-max-age": "1h" } }, "fail"],
    ["max-age", { preflight: { ...OPEN, "access-control-max-age": "604800" } }, "warn"],
    ["plain-options", { plainOptions: LISTS }, "warn"],
    ["expose-headers", { actual: { ...OPEN, "access-control-expose-headers": "a b" } }, "fail"],
    ["expose-headers", { actual: { ...OPEN, "access-control-expose-headers": "*" } }, "warn"],
    ["errors-readable", { missing: {} }, "warn"],
  ])("says of %s with %j: %s", (id, changes, expected) => {
    expect(statusOf(id, answers(changes))).toBe(expected);
  });

  it("takes two lines of Access-Control-Allow-Origin for a fault", () => {
    expect(statusOf("allow-origin-syntax", answers({}, [["Access-Control-Allow-Origin", ALLOWED]]))).toBe("fail");
  });

  it("judges a preflight that passes for the denied origin", () => {
    const open = answers();
    const deniedPreflight = { ...open.deniedPreflight, answer: { status: 204, headers: Object.entries(any("*")) } };
    expect(statusOf("preflight-of-denied", { ...open, deniedPreflight })).toBe("fail");
  });

  it("has nothing to say of errors where there is none", () => {
    expect(statusOf("errors-readable", answers({}, [], 200))).toBe("skip");
  });

  it("has a name and a clause for every check, each name once", () => {
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
    for (const { see } of CHECKS) expect(see).toMatch(/^https:\/\/(?:fetch\.spec\.whatwg|www\.rfc-editor)\.org\/.*#/);
  });
});
