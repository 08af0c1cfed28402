import { describe, expect, it } from "vitest";
import { compareAccess } from "../../../src/core/compare/compare-access.ts";
import type { ListContents } from "../../../src/core/compare/compare-origins.ts";
import { describeAccessChange } from "../../../src/core/compare/describe-access-change.ts";
import type { PolicyDocument } from "../../../src/core/document-schema.ts";
import { parsePolicy } from "../../../src/core/parse-policy.ts";
import { APP, documentWith } from "../../support/policies.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");
const PARTNER = "https://partner.example";

function parse(document: object): PolicyDocument {
  const parsed = parsePolicy(JSON.stringify(document));
  if (!parsed.ok) throw new Error(`not a usable policy: ${JSON.stringify(parsed.issues)}`);
  return parsed.document;
}

/** The sentences about a change from one document to another; undefined stands for no policy. */
function diff(before: object | undefined, after: object | undefined, contents: ListContents = () => undefined) {
  const side = (document: object | undefined) => ({ document: document && parse(document), contents });
  return compareAccess(side(before), side(after), NOW).map((change) => {
    const { sign, text, details } = describeAccessChange(change);
    return [`${sign} ${text}`, ...details].join(" | ");
  });
}

/** The sentences about a change of one rule. */
function diffRules(before: object, after: object, contents?: ListContents) {
  return diff(documentWith(before), documentWith(after), contents);
}

describe("compareAccess", () => {
  it("says what a new policy allows, and what is gone with an old one", () => {
    const document = documentWith({ allowHeaders: ["authorization"], allowCredentials: true });
    expect(diff(undefined, document)).toEqual([`+ ${APP} may now GET, POST /*, with authorization, credentials`]);
    expect(diff(document, undefined)).toEqual([`- ${APP} may no longer GET, POST /*, with authorization, credentials`]);
  });

  it("compares origins, methods and header names each on its own", () => {
    const lines = diffRules(
      { allowMethods: ["GET", "PUT"], allowHeaders: ["x-a"] },
      { allowOrigins: [APP, PARTNER], allowMethods: ["GET", "DELETE"], allowHeaders: ["X-B"] },
    );
    expect(lines).toEqual([
      `+ ${PARTNER} may now GET, DELETE /*, with x-b`,
      `+ ${APP}, ${PARTNER} may now DELETE /*`,
      `+ ${APP}, ${PARTNER} may now send x-b to /*`,
      `- ${APP} may no longer PUT /*`,
      `- ${APP} may no longer send x-a to /*`,
    ]);
  });

  it("says no more than the origins where all of them are others", () => {
    expect(diffRules({ allowMethods: ["GET"] }, { allowOrigins: [PARTNER], allowMethods: ["PUT"] })).toEqual([
      `+ ${PARTNER} may now PUT /*`,
      `- ${APP} may no longer GET /*`,
    ]);
  });

  it.each<[string, object, object, string[]]>([
    ["the order of lists", { allowMethods: ["GET", "PUT"] }, { allowMethods: ["PUT", "GET"] }, []],
    ["the case of header names", { allowHeaders: ["X-A"] }, { allowHeaders: ["x-a"] }, []],
    ["HEAD beside GET", { allowMethods: ["GET"] }, { allowMethods: ["GET", "HEAD"] }, []],
    ["a name of a rule", { name: "old" }, { name: "new" }, []],
    ["an owner", { allowOrigins: [APP] }, { allowOrigins: [{ origin: APP, owner: "web" }] }, []],
    [
      "an origin that a wildcard covers",
      { allowOrigins: ["https://*.example.com", APP] },
      { allowOrigins: ["https://*.example.com"] },
      [],
    ],
    [
      "an entry that had expired",
      { allowOrigins: [APP, { origin: PARTNER, expires: "2027-01-14" }] },
      { allowOrigins: [APP] },
      [],
    ],
    [
      "any port, one by one and all",
      { allowOrigins: ["http://localhost:*"] },
      { allowOrigins: ["http://localhost:*", "http://localhost:3000"] },
      [],
    ],
  ])("sees no change in %s", (_, before, after, lines) => {
    expect(diffRules(before, after)).toEqual(lines);
  });

  it.each<[string, object, object, string[]]>([
    [
      "a wildcard that widens an exact origin",
      { allowOrigins: [APP] },
      { allowOrigins: ["https://*.example.com"] },
      [`+ https://*.example.com (widened from ${APP}) may now GET, POST /*`],
    ],
    [
      "a wildcard that is narrowed",
      { allowOrigins: ["https://pr-*.preview.example.com"] },
      { allowOrigins: ["https://pr-1*.preview.example.com"] },
      ["- https://pr-*.preview.example.com (narrowed to https://pr-1*.preview.example.com) may no longer GET, POST /*"],
    ],
    [
      "any origin in place of some",
      { allowOrigins: [APP] },
      { allowOrigins: ["*"] },
      [`+ any origin (widened from ${APP}) may now GET, POST /*`],
    ],
    [
      "any port",
      { allowOrigins: ["http://localhost:3000"] },
      { allowOrigins: ["http://localhost:*"] },
      ["+ http://localhost:* (widened from http://localhost:3000) may now GET, POST /*"],
    ],
    [
      "an origin that is allowed for longer",
      { allowOrigins: [{ origin: APP, expires: "2027-01-31" }] },
      { allowOrigins: [{ origin: APP, expires: "2027-03-31" }] },
      [`+ ${APP} (until 2027-03-31; before: until 2027-01-31) may still GET, POST /* after 2027-01-31`],
    ],
    [
      "an origin that gets an end",
      { allowOrigins: [APP] },
      { allowOrigins: [{ origin: APP, expires: "2027-01-31" }] },
      [`- ${APP} (now: until 2027-01-31) may no longer GET, POST /* after 2027-01-31`],
    ],
    [
      "any method but those allowed before",
      { allowMethods: ["GET"] },
      { allowMethods: ["*"] },
      [`+ ${APP} may now use any method but GET on /*`],
    ],
    [
      "any header, which is not authorization",
      { allowHeaders: ["authorization"] },
      { allowHeaders: ["*"] },
      [`+ ${APP} may now send any header but authorization to /*`, `- ${APP} may no longer send authorization to /*`],
    ],
    [
      "cookies, timings and response headers",
      { exposeHeaders: ["etag"] },
      { exposeHeaders: ["ETag", "link"], allowCredentials: true, timingAllowOrigin: true },
      [
        `+ ${APP} may now read link from /*`,
        `+ ${APP} may now send credentials to /*`,
        `+ ${APP} may now read detailed timings of /*`,
      ],
    ],
    [
      "loads of other sites that are no longer kept out",
      { isolation: true },
      {},
      ["+ pages of other sites may now load /* without CORS (isolation)"],
    ],
    [
      "loads of other sites that are kept out",
      {},
      { isolation: true },
      ["- pages of other sites may no longer load /* without CORS (isolation)"],
    ],
    ["a rate limit", {}, { rateLimit: "RATE_LIMITER" }, ["~ rateLimit: none → RATE_LIMITER on /*"]],
    [
      "denied requests that are forwarded",
      {},
      { onDenied: "forward" },
      ["+ denied requests now reach the upstream, cookies included, on /* (onDenied)"],
    ],
    [
      "settings that give and take nothing",
      { maxAge: 600 },
      { upstream: "https://new.example.net", resourcePolicy: "same-site" },
      [
        "~ upstream: none → https://new.example.net on /*",
        "~ resourcePolicy: none → same-site on /*",
        "~ maxAge: 600 → 7200 on /*",
      ],
    ],
    [
      "WebSockets, where there is no method",
      { allowMethods: [] },
      { allowMethods: [], allowOrigins: [APP, PARTNER] },
      [`+ ${PARTNER} may now open WebSockets to /*`],
    ],
  ])("sees %s", (_, before, after, lines) => {
    expect(diffRules(before, after)).toEqual(lines);
  });

  it("names the paths as they are written, and those that another rule takes", () => {
    const rest = { name: "rest" };
    const before = documentWith({ paths: ["/v1/*"] }, rest);
    const after = documentWith(
      { paths: ["/v1/*"] },
      { name: "status", paths: ["/v1/:x/status", "/status"], allowOrigins: [PARTNER] },
      {
        ...rest,
        allowMethods: ["GET"],
      },
    );
    expect(diff(before, after)).toEqual([
      `+ ${PARTNER} may now GET, POST /status`,
      `- ${APP} may no longer GET, POST /status`,
      `- ${APP} may no longer POST /* (except /v1/*, /status)`,
    ]);
  });

  it("says one change of many rules once", () => {
    const rules = (...allowOrigins: string[]) =>
      documentWith(
        { paths: ["/a/*"], allowOrigins },
        { paths: ["/b"], allowOrigins },
        { allowOrigins, allowMethods: ["PUT"] },
      );
    expect(diff(rules(APP), rules(APP, PARTNER))).toEqual([
      `+ ${PARTNER} may now GET, POST /a/*, /b`,
      `+ ${PARTNER} may now PUT /* (except /a/*, /b)`,
    ]);
  });

  it("sees what only a slash at the end, or only longer paths, are under", () => {
    const before = documentWith({ paths: ["/a", "/a/:x"], allowOrigins: [PARTNER] }, { paths: ["/a/*"] });
    const after = documentWith(
      { paths: ["/a", "/a/:x"], allowOrigins: [PARTNER] },
      { paths: ["/a/*"], allowMethods: ["PUT"] },
    );
    expect(diff(before, after)).toEqual([
      `+ ${APP} may now PUT /a/* (except /a, /a/:x)`,
      `- ${APP} may no longer GET, POST /a/* (except /a, /a/:x)`,
    ]);
  });

  it("counts a change of mode as new access, whichever way", () => {
    const reporting = { ...documentWith({}), mode: "report-only" };
    expect(diff(documentWith({}), reporting)).toEqual([
      "+ mode: enforce → report-only: the upstream's own CORS decides, and the rules only report",
    ]);
    expect(diff(reporting, documentWith({}))).toEqual([
      "+ mode: report-only → enforce: the rules decide, no longer the upstream's own CORS",
    ]);
  });

  it("names no mode that was not there: without a policy the gateway denies", () => {
    const reporting = { ...documentWith({}), mode: "report-only" };
    expect(diff(undefined, documentWith({}))).toEqual([`+ ${APP} may now GET, POST /*`]);
    expect(diff(undefined, reporting)[0]).toBe(
      "+ mode: none → report-only: the upstream's own CORS decides, and the rules only report",
    );
    expect(diff(reporting, undefined)).toEqual([
      "- mode: report-only → none: other origins are denied, whatever the upstream's own CORS says",
      `- ${APP} may no longer GET, POST /*`,
    ]);
  });

  it("compares lists by content, and by name where that is not known", () => {
    const lists = new Map([
      ["old", new Set(["https://a.example", "https://b.example"])],
      ["new", new Set(["https://b.example", "https://c.example", "https://d.example"])],
    ]);
    const [old, recent] = [{ allowOrigins: [{ list: "old" }] }, { allowOrigins: [{ list: "new" }] }];
    expect(diffRules(old, recent, (name) => lists.get(name))).toEqual([
      "+ 2 origins of the list new (https://c.example, https://d.example) may now GET, POST /*",
      "- 1 origin of the list old (https://a.example) may no longer GET, POST /*",
    ]);
    expect(diffRules(old, recent)).toEqual([
      "+ the list new (content not compared) may now GET, POST /*",
      "- the list old (content not compared) may no longer GET, POST /*",
    ]);
    expect(diffRules(old, { ...old, allowMethods: ["GET", "POST", "PUT"] })).toEqual(["+ the list old may now PUT /*"]);
    expect(diffRules(old, { ...old, allowCredentials: true })).toEqual([
      "+ the list old may now send credentials to /*",
      "- http origins of the list old (content not compared) may no longer GET, POST /*",
    ]);
  });

  it("sees a list that allows what another entry allowed until a day", () => {
    const before = { allowOrigins: [{ origin: "*", expires: "2027-01-31" }] };
    const lists = new Map([["customers", new Set([APP])]]);
    expect(diffRules(before, { allowOrigins: [{ list: "customers" }] }, (name) => lists.get(name))).toEqual([
      `+ 1 origin of the list customers (${APP}) may still GET, POST /* after 2027-01-31`,
      `- any origin (until 2027-01-31) may no longer GET, POST /*`,
    ]);
  });

  it("says that an origin may be in a list of unknown content all the same", () => {
    const lines = diffRules({ allowOrigins: [APP, { list: "customers" }] }, { allowOrigins: [{ list: "customers" }] });
    expect(lines).toEqual([`- ${APP} (unless it is in the list customers) may no longer GET, POST /*`]);
  });

  it("puts many origins under the sentence, and says how many more there are", () => {
    const allowOrigins = Array.from({ length: 12 }, (_, index) => `https://a${index}.example`);
    const [line] = diffRules({}, { allowOrigins: [APP, ...allowOrigins] });
    expect(line).toBe(`+ 12 origins may now GET, POST /* | ${allowOrigins.slice(0, 10).join(" | ")} | … and 2 more`);
  });

  it("writes large numbers of origins as they are read", () => {
    const allowOrigins = Array.from({ length: 1234 }, (_, index) => `https://a${index}.example`);
    const [line] = diffRules({}, { allowOrigins: [APP, ...allowOrigins] });
    expect(line).toMatch(/^\+ 1,234 origins may now GET, POST \/\* \| .* \| … and 1,224 more$/);
    const contents: ListContents = () => new Set(allowOrigins);
    expect(diffRules({}, { allowOrigins: [APP, { list: "customers" }] }, contents)[0]).toMatch(
      /^\+ 1,234 origins of the list customers /,
    );
  });

  it("says that paths of other rules are excepted where they are too many to be named", () => {
    const closed = ["PUT"];
    const taking = Array.from({ length: 1001 }, (_, index) => `/a/b${index}`);
    const rules = (method: string) =>
      documentWith({ paths: taking, allowMethods: closed }, { paths: ["/a/*", "/c"], allowMethods: [method] });
    expect(diff(rules("GET"), rules("POST"))).toEqual([
      `+ ${APP} may now POST /a/* (except paths of other rules), /c`,
      `- ${APP} may no longer GET /a/* (except paths of other rules), /c`,
    ]);
  });

  it("takes many rules whose paths all meet, each of them changed", () => {
    const rules = (method: string) =>
      documentWith(
        ...Array.from({ length: 100 }, (_, index) => ({
          paths: [`/service-${index}/:id/*`, `/:tenant/service-${index}`],
          allowMethods: [method],
        })),
      );
    const lines = diff(rules("GET"), rules("PUT"));
    expect(lines).toHaveLength(2);
  });

  it("gives a request that shows the change", () => {
    const [change] = compareAccess(
      { document: undefined, contents: () => undefined },
      { document: parse(documentWith({ paths: ["/v1/:id"], allowMethods: ["PUT"] })), contents: () => undefined },
      NOW,
    );
    expect(change).toMatchObject({ example: { origin: APP, method: "PUT", path: "/v1/any" } });
  });
});
