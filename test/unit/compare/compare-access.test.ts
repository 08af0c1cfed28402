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
      "an end that moves, of an origin that was there twice",
      {
        allowOrigins: [
          { origin: APP, expires: "2027-02-28" },
          { origin: APP, expires: "2027-01-31" },
        ],
      },
      { allowOrigins: [{ origin: APP, expires: "2027-03-31" }] },
      [`+ ${APP} (until 2027-03-31; before: until 2027-02-28) may still GET, POST /* after 2027-02-28`],
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
    [
      "settings that are gone",
      { upstream: "https://old.example.net", resourcePolicy: "same-site", rateLimit: "RATE_LIMITER" },
      {},
      [
        "~ upstream: https://old.example.net → none on /*",
        "~ resourcePolicy: same-site → none on /*",
        "~ rateLimit: RATE_LIMITER → none on /*",
      ],
    ],
    [
      "denied requests that are no longer forwarded",
      { onDenied: "forward" },
      {},
      ["- denied requests no longer reach the upstream, cookies included, on /* (onDenied)"],
    ],
    [
      "an origin that may send anything",
      {},
      { allowOrigins: [APP, PARTNER], allowMethods: ["*"], allowHeaders: ["*", "authorization", "x-a"] },
      [
        `+ ${PARTNER} may now use any method on /*, with any header, authorization`,
        `+ ${APP}, ${PARTNER} may now use any method but GET, POST on /*`,
        `+ ${APP}, ${PARTNER} may now send any header, authorization to /*`,
      ],
    ],
    [
      "any header but those allowed before",
      { allowHeaders: ["x-a", "x-b"] },
      { allowHeaders: ["*", "x-a"] },
      [`+ ${APP} may now send any header but x-a, x-b, authorization to /*`],
    ],
    [
      "two headers",
      { allowHeaders: ["x-a"] },
      { allowHeaders: ["x-a", "x-b", "x-c"] },
      [`+ ${APP} may now send x-b, x-c to /*`],
    ],
    [
      "any response header but those exposed before",
      { exposeHeaders: ["etag", "link"] },
      { exposeHeaders: ["*"] },
      [`+ ${APP} may now read any response header but etag, link from /*`],
    ],
    [
      "one response header in place of any",
      { exposeHeaders: ["*"] },
      { exposeHeaders: ["etag"] },
      [`- ${APP} may no longer read any response header but etag from /*`],
    ],
    [
      "any response header in place of none",
      {},
      { exposeHeaders: ["*"] },
      [`+ ${APP} may now read any response header from /*`],
    ],
    [
      "what any origin may do",
      { allowOrigins: ["*"] },
      { allowOrigins: ["*"], allowMethods: ["GET", "HEAD", "POST", "PUT"] },
      ["+ any origin may now PUT /*"],
    ],
    [
      "a method beside any",
      { allowMethods: ["*", "PUT"] },
      { allowMethods: ["PUT"] },
      [`- ${APP} may no longer use any method but PUT on /*`],
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
    [
      "WebSockets, which take no headers",
      { allowMethods: [], allowHeaders: ["x-a"] },
      { allowMethods: [], allowHeaders: ["x-a"], allowOrigins: [APP, PARTNER] },
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

  it("says once what holds from now on, whatever ends later", () => {
    const trial = (origin: string, expires: string) => ({ origin, expires });
    const before = { allowOrigins: [trial(PARTNER, "2027-01-31"), trial("https://b.example", "2027-02-28")] };
    const contents: ListContents = () => new Set(["https://c.example"]);
    expect(diffRules(before, { allowOrigins: [APP, { list: "customers" }] }, contents)).toEqual([
      `+ ${APP}, 1 origin of the list customers (https://c.example) may now GET, POST /*`,
      `- ${PARTNER} (until 2027-01-31), https://b.example (until 2027-02-28) may no longer GET, POST /*`,
    ]);
  });

  it("says day by day, in their order, what ends", () => {
    const until = (...days: string[]) => ({
      allowOrigins: days.map((expires, index) => ({ origin: `https://a${index}.example`, expires })),
    });
    expect(
      diffRules(until("2027-03-31", "2027-01-31", "2027-02-28"), until("2027-04-30", "2027-04-30", "2027-04-30")),
    ).toEqual([
      "+ https://a1.example (until 2027-04-30; before: until 2027-01-31) may still GET, POST /* after 2027-01-31",
      "+ https://a2.example (until 2027-04-30; before: until 2027-02-28) may still GET, POST /* after 2027-02-28",
      "+ https://a0.example (until 2027-04-30; before: until 2027-03-31) may still GET, POST /* after 2027-03-31",
    ]);
  });

  it("names as widened only what is still allowed, and what the wildcard covers", () => {
    const before = { allowOrigins: [{ origin: APP, expires: "2027-01-14" }, "https://a.example.com", PARTNER] };
    expect(diffRules(before, { allowOrigins: ["https://*.example.com", PARTNER] })).toEqual([
      "+ https://*.example.com (widened from https://a.example.com) may now GET, POST /*",
    ]);
  });

  it("names as widened nothing that ends when the wildcard's time begins", () => {
    const until = (origin: string) => ({ origin, expires: "2027-01-31" });
    const before = { allowOrigins: [until("https://*.com"), until(APP)] };
    expect(diffRules(before, { allowOrigins: ["https://*.example.com"] })[0]).toBe(
      "+ https://*.example.com may still GET, POST /* after 2027-01-31",
    );
  });

  it("knows the origins of each list of a rule", () => {
    const [a, b] = [{ list: "a" }, { list: "b" }];
    const contents: ListContents = (name) => new Set([`https://${name}.example`]);
    expect(diffRules({ allowOrigins: [a] }, { allowOrigins: [a, b] }, contents)).toEqual([
      "+ 1 origin of the list b (https://b.example) may now GET, POST /*",
    ]);
  });

  it("does not say that an origin may have been in a list whose content is known", () => {
    const lists = [{ list: "customers" }];
    const contents: ListContents = () => new Set(["https://c.example"]);
    expect(diffRules({ allowOrigins: lists }, { allowOrigins: [APP, ...lists] }, contents)).toEqual([
      `+ ${APP} may now GET, POST /*`,
    ]);
  });

  it("shows three origins of a list, and that there are more", () => {
    const origins = ["https://a.example", "https://b.example", "https://c.example", "https://d.example"];
    const shown = (count: number) =>
      diffRules({}, { allowOrigins: [APP, { list: "new" }] }, () => new Set(origins.slice(0, count)));
    const three = origins.slice(0, 3).join(", ");
    expect(shown(3)).toEqual([`+ 3 origins of the list new (${three}) may now GET, POST /*`]);
    expect(shown(4)).toEqual([`+ 4 origins of the list new (${three}, …) may now GET, POST /*`]);
  });

  it("says that an origin may have been in a list of unknown content, whichever", () => {
    const lists = [{ list: "customers" }, { list: "staff" }];
    expect(diffRules({ allowOrigins: lists }, { allowOrigins: [APP, ...lists] })).toEqual([
      `+ ${APP} (unless it was in the list customers or staff) may now GET, POST /*`,
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

  it("puts up to three origins into the sentence, and up to ten under it", () => {
    const origins = Array.from({ length: 10 }, (_, index) => `https://a${index}.example`);
    const [three] = diffRules({}, { allowOrigins: [APP, ...origins.slice(0, 3)] });
    expect(three).toBe(`+ ${origins.slice(0, 3).join(", ")} may now GET, POST /*`);
    const [ten] = diffRules({}, { allowOrigins: [APP, ...origins] });
    expect(ten).toBe(`+ 10 origins may now GET, POST /* | ${origins.join(" | ")}`);
  });

  it("names up to three origins that a wildcard widens", () => {
    const origins = [1, 2, 3, 4].map((number) => `https://a${number}.example.com`);
    const widened = (count: number) =>
      diffRules({ allowOrigins: origins.slice(0, count) }, { allowOrigins: ["https://*.example.com"] });
    const three = origins.slice(0, 3).join(", ");
    expect(widened(3)).toEqual([`+ https://*.example.com (widened from ${three}) may now GET, POST /*`]);
    expect(widened(4)).toEqual([`+ https://*.example.com (widened from ${three} and 1 more) may now GET, POST /*`]);
  });

  it("names up to ten paths", () => {
    const paths = Array.from({ length: 11 }, (_, index) => `/a${index}`);
    const [ten, eleven] = [10, 11].map((count) => diff(undefined, documentWith({ paths: paths.slice(0, count) })));
    expect(ten).toEqual([`+ ${APP} may now GET, POST ${paths.slice(0, 10).join(", ")}`]);
    expect(eleven).toEqual([`+ ${APP} may now GET, POST ${paths.slice(0, 10).join(", ")} and 1 more`]);
  });

  it("puts new access first, then lost access, then settings", () => {
    const before = { upstreamTimeout: 10, ...documentWith({ maxAge: 60, allowMethods: ["PUT"] }) };
    const after = { upstreamTimeout: 20, ...documentWith({ allowMethods: ["GET"] }, { paths: ["/a"] }) };
    after.rules.reverse();
    expect(diff(before, after)).toEqual([
      `+ ${APP} may now GET, POST /a`,
      `+ ${APP} may now GET /* (except /a)`,
      `- ${APP} may no longer PUT /*`,
      "~ upstreamTimeout: 10 → 20 s",
      "~ maxAge: 60 → 7200 on /*",
    ]);
  });

  it("shows a method or a header that stands for any by one that neither policy names", () => {
    const examples = (before: object, after: object) =>
      compareAccess(
        { document: parse(documentWith(before)), contents: () => undefined },
        { document: parse(documentWith(after)), contents: () => undefined },
        NOW,
      ).map((change) => ("example" in change ? change.example : undefined));
    expect(
      examples(
        { allowMethods: ["X-ANY"], allowHeaders: ["x-any"] },
        { allowMethods: ["*", "X-ANY-OTHER"], allowHeaders: ["*"] },
      ),
    ).toEqual([
      { origin: APP, method: "X-ANY-OTHER-OTHER", path: "/" },
      { origin: APP, method: "GET", path: "/", header: "x-any-other" },
    ]);
    expect(examples({}, { allowMethods: ["GET", "HEAD", "POST", "PUT"], allowHeaders: ["x-b"] })).toEqual([
      { origin: APP, method: "PUT", path: "/" },
      { origin: APP, method: "GET", path: "/", header: "x-b" },
    ]);
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
