/** Header fields that are to be reflected, injected, believed, or too much to read. */

import { describe, expect, it } from "vitest";
import type { Source } from "./sources.ts";
import { APP, EVIL, targetOfTests, VARY_OF_PREFLIGHT } from "./target.ts";

const target = targetOfTests();

type Line = readonly [name: string, value: string];

/** Whatever is asked for is echoed under this rule, as long as it is a name. */
const ECHO = { allowMethods: ["*"], allowHeaders: ["*"], allowCredentials: true };

const BROKEN_LINES: readonly (readonly [trick: string, source: Source, lines: readonly Line[]])[] = [
  ["a carriage return in Origin", "Kettle 2016", [["Origin", `${APP}\rAccess-Control-Allow-Origin: ${EVIL}`]]],
  ["a NUL in Origin", "Leo 2018", [["Origin", `${APP}\0.evil.example`]]],
  ["an Origin folded over two lines", "Kettle 2019", [["Origin", `${APP}\r\n .evil.example`]]],
  ["a space before the colon", "Kettle 2019", [["Origin ", APP]]],
  ["a carriage return in the requested headers", "Kettle 2016", [["Access-Control-Request-Headers", "x-a\rx: y"]]],
  [
    "two lengths",
    "Kettle 2019",
    [
      ["Content-Length", "5"],
      ["Content-Length", "0"],
    ],
  ],
  [
    "two hosts, the other first",
    "Kettle 2017",
    [
      ["Host", "evil.example"],
      ["Host", "api.test"],
    ],
  ],
];

const NO_NAMES: readonly (readonly [trick: string, source: Source, method: string, headers: string])[] = [
  ["a field line for a name", "Kettle 2016", "PUT", "x-a: y"],
  ["a quoted name", "our own review", "PUT", '"x-a"'],
  ["two names by a space", "our own review", "PUT", "x-a x-b"],
  ["a name that is not ASCII", "our own review", "PUT", "x-\u00e9"],
  ["markup", "Kettle 2016", "PUT", "<script>"],
  ["two methods in one", "go-safeweb #372", "GET, DELETE", "x-a"],
  ["a method and a space", "go-safeweb #372", "GET DELETE", "x-a"],
  ["a method of nine kilobytes", "our own review", "A".repeat(9000), "x-a"],
  ["thousands of commas", "GHSA-mh55-gqvf-xfwm (rs/cors)", "PUT", ",".repeat(8000)],
  ["kilobytes of white space", "CVE-2026-69207 (Hono)", "PUT", `x-a,${" ".repeat(9000)}x-b`],
  ["thousands of names", "GHSA-mh55-gqvf-xfwm (rs/cors)", "PUT", "a,".repeat(4000)],
];

const NOT_LISTED: readonly (readonly [trick: string, source: Source, header: string])[] = [
  ["another method in a header", "our own review", "x-http-method-override"],
  ["another method in its older header", "our own review", "x-method-override"],
  ["another path in a header", "Kettle 2018", "x-original-url"],
  ["another path in its other header", "Kettle 2018", "x-rewrite-url"],
  ["another host in a header", "Kettle 2017", "x-forwarded-host"],
  ["another address in a header", "Kettle 2017", "x-forwarded-for"],
  ["the gateway's own decision", "our own review", "cors-decision"],
  ["the gateway's own loop mark", "our own review", "cors-gateway-loop"],
];

const BELIEVED: readonly (readonly [trick: string, source: Source, header: string, value: string])[] = [
  ["Vary, to have it reflected", "GHSA-q7jf-gf43-6x6p (Hono)", "Vary", "X-Evil"],
  ["a CORS response field", "our own review", "Access-Control-Allow-Origin", EVIL],
  ["the decision", "our own review", "CORS-Decision", "granted;rule=forged"],
  ["the host that a proxy saw", "Kettle 2017", "X-Forwarded-Host", "evil.example"],
  ["the host that a proxy saw, as the standard has it", "Kettle 2017", "Forwarded", "host=evil.example;proto=https"],
  ["the scheme that a proxy saw", "Kettle 2018", "X-Forwarded-Proto", "https"],
  ["the port that a proxy saw", "Kettle 2018", "X-Forwarded-Port", "443"],
  ["another origin", "our own review", "X-Origin", APP],
  ["the referring page", "our own review", "Referer", `${APP}/`],
  ["a same-site request", "Fetch metadata", "Sec-Fetch-Site", "same-site"],
  ["two sites at once", "Fetch metadata", "Sec-Fetch-Site", "same-origin, cross-site"],
  ["its own origin removed on the way", "Davison 2019", "Connection", "close, Origin"],
  ["an upgrade to another protocol", "our own review", "Upgrade", "h2c"],
];

describe("a header", () => {
  it.each(BROKEN_LINES)("that breaks its line is refused by the runtime: %s (%s)", async (_, __, lines) => {
    const { ask } = target.putRules(ECHO);
    const answer = await ask({ method: "POST", headers: lines, body: "hello" });
    expect(answer.status).toBe(400);
    expect(answer.cors).toEqual({});
    expect(answer.reached).toEqual([]);
  });

  it.each(NO_NAMES)("that asks for what is no name is not echoed: %s (%s)", async (_, __, method, headers) => {
    const { ask } = target.putRules(ECHO);
    const asked = { "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers };
    const answer = await ask({ method: "OPTIONS", headers: { Origin: APP, ...asked } });
    expect(answer.status).toBe(403);
    expect(answer.cors).toEqual({ vary: VARY_OF_PREFLIGHT, "cors-decision": "denied;reason=request-malformed;rule=r" });
    expect(answer.reached).toEqual([]);
  });

  it.each(NOT_LISTED)("that the rule does not list is not allowed to a page: %s (%s)", async (_, __, header) => {
    const { ask } = target.putRules({ allowHeaders: ["content-type"] });
    const asked = { "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": header };
    expect((await ask({ method: "OPTIONS", headers: { Origin: APP, ...asked } })).cors).toEqual({
      "access-control-allow-origin": APP,
      "access-control-allow-methods": "GET, HEAD, POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": "7200",
      vary: VARY_OF_PREFLIGHT,
      "cors-decision": "denied;reason=header-not-allowed;rule=r",
    });
  });

  it.each(BELIEVED)("that a stranger sends is not believed: %s (%s)", async (_, __, header, value) => {
    const { ask } = target.putRules(ECHO);
    const { cors, reached } = await ask({ headers: { Origin: EVIL, [header]: value } });
    expect(cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=origin-not-allowed;rule=r" });
    expect(reached).toEqual([]);
  });

  it("with the user's token is not covered by `*`", async () => {
    const asked = { "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "Authorization" };
    for (const allowCredentials of [false, true]) {
      const { ask } = target.putRules({ ...ECHO, allowCredentials });
      const answer = await ask({ method: "OPTIONS", headers: { Origin: APP, ...asked } });
      expect(answer.status).toBe(403);
      expect(answer.cors).toEqual({
        vary: VARY_OF_PREFLIGHT,
        "cors-decision": "denied;reason=header-not-allowed;rule=r",
      });
    }
  });

  it("that asks for the private network is not answered, whatever the upstream would say", async () => {
    const { ask } = target.putRules({});
    const asked = {
      Origin: APP,
      "Access-Control-Request-Method": "GET",
      "Access-Control-Request-Private-Network": "true",
      "Access-Control-Request-Local-Network": "true",
    };
    const preflight = await ask({ method: "OPTIONS", headers: asked });
    expect(preflight.cors).toEqual({
      "access-control-allow-origin": APP,
      "access-control-allow-methods": "GET, HEAD, POST",
      "access-control-max-age": "7200",
      vary: VARY_OF_PREFLIGHT,
      "cors-decision": "granted;rule=r",
    });
    // The upstream of these tests sends Access-Control-Allow-Private-Network itself.
    const actual = await ask({ headers: asked });
    expect(actual.reached).toHaveLength(1);
    expect(actual.header("access-control-allow-private-network")).toBeUndefined();
  });

  it("that asks twice for a method asks for none", async () => {
    const { ask } = target.putRules(ECHO);
    const asked = ["Access-Control-Request-Method", "PUT"] as const;
    const answer = await ask({ method: "OPTIONS", headers: [["Origin", APP], asked, asked] });
    expect(answer.cors).toEqual({ vary: VARY_OF_PREFLIGHT, "cors-decision": "denied;reason=request-malformed;rule=r" });
  });

  it("with cookies goes no further under a rule without credentials, however many lines there are", async () => {
    const { ask } = target.putRules({ allowOrigins: ["*"], allowMethods: ["*"] });
    for (const method of ["GET", "POST", "DELETE"]) {
      const lines: Line[] = [
        ["Origin", EVIL],
        ["Cookie", "a=1"],
        ["cookie", "b=2"],
        ["COOKIE", "c=3"],
      ];
      const { reached, cors } = await ask({ method, headers: lines });
      expect(reached).toHaveLength(1);
      expect(reached[0]?.headers.cookie).toBeUndefined();
      expect(cors).toMatchObject({ "access-control-allow-origin": "*", vary: "Origin" });
    }
  });
});

describe("a problem document", () => {
  it("repeats an Origin as data that no browser runs", async () => {
    const { ask } = target.putRules({});
    const answer = await ask({ headers: { Origin: "https://<script>alert(1)</script>" } });
    expect(answer.header("content-type")).toBe("application/problem+json");
    expect(answer.header("x-content-type-options")).toBe("nosniff");
    expect(answer.header("cache-control")).toBe("no-store");
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: "origin-malformed" });
  });
});
