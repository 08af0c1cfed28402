/** What was once wrong, or nearly: each case is one that a reader of the code would not think of. */

import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { putPolicy as put, type Site } from "../support/policies-under-test.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const APP = "https://app.example.com";
const EVIL = "https://evil.example";
const NOWHERE = "http://127.0.0.1:1";

let gateway: RunningGateway;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    if (request.url.startsWith("/busy")) response.writeHead(503, { "retry-after": "7" }).end();
    else response.end(request.url);
  });
  gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  expect(gateway.exceptions()).toEqual([]);
});

const putPolicy = (document: object | string): Site => put(gateway, upstream, document);

describe("a path that an upstream may read as another", () => {
  it.each([
    "/public//..%2fadmin/x",
    "/public/%2f..%2fadmin/x",
    "/public/%5c..%5cadmin/x",
    "/public/%23/..%2f..%2fadmin/x",
    "/public/a%3f%2f..%2f..%2fadmin/x",
    "/public/%252e%252e/admin/x",
  ])("%s does not get in by the rule of its own spelling", async (target) => {
    const { ask } = putPolicy({
      rules: [
        { name: "admin", paths: ["/admin/*"], allowOrigins: ["https://admin.example.com"] },
        { name: "public", paths: ["/public/*"], allowOrigins: ["*"] },
      ],
    });
    const response = await ask({ target, headers: { Origin: EVIL } });
    expect(response.header("cors-decision")).toBe("denied;reason=ambiguous-path");
    expect(response.reached).toEqual([]);
  });
});

describe("a response", () => {
  it("of 503 that the upstream made is passed as it is", async () => {
    const { ask } = putPolicy({ rules: [{ name: "r", allowOrigins: [APP] }] });
    const response = await ask({ target: "/busy", headers: { Origin: APP } });
    expect(response.header("retry-after")).toBe("7");
    expect(response.cors).toEqual({
      "access-control-allow-origin": APP,
      vary: "Origin",
      "cors-decision": "granted;rule=r",
    });
  });

  it("of 502 to a method that is denied but forwarded can be read by an allowed page, and by no other", async () => {
    const rule = { name: "r", allowOrigins: [APP], allowMethods: ["GET"], onDenied: "forward", upstream: NOWHERE };
    const { ask } = putPolicy({ rules: [rule] });
    const allowed = await ask({ method: "PUT", headers: { Origin: APP }, body: "x" });
    expect(allowed.status).toBe(502);
    expect(allowed.cors).toEqual({
      "access-control-allow-origin": APP,
      vary: "Origin",
      "cors-decision": "denied;reason=method-not-allowed;rule=r",
    });
    const other = await ask({ method: "PUT", headers: { Origin: EVIL }, body: "x" });
    expect(other.cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=origin-not-allowed;rule=r" });
  });
});

describe("a request", () => {
  it("whose Upgrade is a list is no WebSocket: its method is checked", async () => {
    const { ask } = putPolicy({ rules: [{ name: "r", allowOrigins: [APP], allowMethods: [] }] });
    const response = await ask({ headers: { Origin: APP, Upgrade: "h2c, websocket" } });
    expect(response.header("cors-decision")).toBe("denied;reason=method-not-allowed;rule=r");
  });

  it("with a query that ends like an asterisk-form target is like any other", async () => {
    const { ask, host } = putPolicy({ rules: [{ name: "r", allowOrigins: [APP] }] });
    const headers = { Origin: APP, "Access-Control-Request-Method": "GET" };
    expect((await ask({ method: "OPTIONS", target: `/x?u=http://${host}*`, headers })).status).toBe(204);
    expect((await ask({ method: "GET", target: "*", headers })).status).toBe(400);
  });

  it("under a document with a name that cannot become a text goes nowhere that nobody chose", async () => {
    const name = '{"toString":1}';
    const { ask } = putPolicy(
      `{"upstream":"${NOWHERE}","rules":[{"name":${name},"allowOrigins":["*"]},{"name":"b","allowOrigins":["*"]}]}`,
    );
    const response = await ask({});
    expect(response.status).toBe(503);
    expect(response.reached).toEqual([]);
  });

  it("under report-only goes where enforce would send it, whatever its path may be read as", async () => {
    const other = await startUpstream();
    const { ask } = putPolicy({
      mode: "report-only",
      rules: [{ name: "a", paths: ["/a/*"], allowOrigins: [APP], upstream: `${other.url}/rule` }],
    });
    const response = await ask({ target: "/a/..%2fb", headers: { Origin: APP } });
    expect(response.header("cors-decision")).toBe("denied;reason=ambiguous-path;report-only");
    await ask({ target: "/a/..%2fb" });
    expect(other.seen.map(({ url }) => url)).toEqual(["/rule/a/..%2fb", "/rule/a/..%2fb"]);
    // The upstream's own CORS fields stay.
    expect(response.header("access-control-allow-origin")).toBe("https://evil.example");
    expect(response.header("vary")).toBeUndefined();
    await other.close();
  });
});

describe("a target that is no path", () => {
  it.each([
    ["GET", "http://other.test/abs?x", "/abs?x"],
    ["GET", "HTTPS://user:pw@other.test:99/abs", "/abs"],
    ["POST", "http://other.test:99999/", "/"],
    ["OPTIONS", "http://other.test", "/"],
    ["OPTIONS", "http://other.test*", "/"],
    ["GET", "ftp://other.test/y", "/y"],
    ["GET", "//other.test/x", "//other.test/x"],
    ["GET", "other.test:80", "/"],
    ["GET", "javascript:alert(1)", "/"],
    ["GET", "x", "/"],
    ["GET", "/a#b", "/a"],
    ["GET", "*", 400],
    ["OPTIONS", "*", 400],
    ["OPTIONS", "*/x", 400],
    ["GET", "", 400],
    ["GET", "?x", 400],
    ["GET", "http://", 400],
    ["GET", "http:///x", 400],
    ["GET", "/a b", 400],
    ["GET", "/a\0b", 400],
  ])("%s %j goes to no other host: %j", async (method, target, outcome) => {
    const { ask, host } = putPolicy({ rules: [{ name: "r", allowOrigins: [APP] }] });
    const { status, reached } = await ask({ method, target });
    if (typeof outcome === "number") expect([status, reached]).toEqual([outcome, []]);
    else {
      expect(reached.map(({ url }) => url)).toEqual([outcome]);
      expect(reached[0]?.headers).toMatchObject({ host: `127.0.0.1:${upstream.port}`, "x-forwarded-host": host });
    }
  });
});

describe("an origin with an end", () => {
  it("is denied after its day, and says so", async () => {
    const { ask } = putPolicy({
      rules: [
        {
          name: "r",
          allowOrigins: [
            { origin: APP, expires: "2020-01-31" },
            { origin: EVIL, expires: "2999-12-31" },
          ],
        },
      ],
    });
    expect((await ask({ headers: { Origin: APP } })).cors).toEqual({
      vary: "Origin",
      "cors-decision": "denied;reason=origin-expired;rule=r",
    });
    expect((await ask({ headers: { Origin: EVIL } })).header("cors-decision")).toBe("granted;rule=r");
  });
});

describe("a version", () => {
  it.each<[unknown, string]>([
    [{ version: 7 }, "granted;rule=r;version=7"],
    [{ version: "7" }, "granted;rule=r"],
    [{ version: -1 }, "granted;rule=r"],
    [{ version: 1.5 }, "granted;rule=r"],
    [{ version: 1e15 }, "granted;rule=r"],
    ["x", "granted;rule=r"],
  ])("of the metadata %j is said as %s", async (metadata, decision) => {
    const { ask, host } = putPolicy({ rules: [{ name: "r", allowOrigins: [APP] }] });
    gateway.kv.metadata.set(`policy/${host}`, metadata);
    expect((await ask({ headers: { Origin: APP } })).header("cors-decision")).toBe(decision);
  });
});
