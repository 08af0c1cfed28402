/** Section by section, what a request and its response look like on the wire. */

import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { putPolicy as put, type Site } from "../support/policies-under-test.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

let gateway: RunningGateway;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  expect(gateway.noise).toEqual([]);
});

const putPolicy = (document: object | string): Site => put(gateway, upstream, document);

const APP = "https://app.example.com";
const EVIL = "https://evil.example";
const VARY_OF_PREFLIGHT = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
const ORDERS = {
  name: "orders",
  paths: ["/v1/*"],
  allowOrigins: [APP],
  allowMethods: ["GET", "PUT", "DELETE"],
  allowHeaders: ["authorization", "content-type"],
  exposeHeaders: ["etag"],
  allowCredentials: true,
};
const PUBLIC = { name: "public", allowOrigins: ["*"] };

function preflight(origin: string, method: string, headers?: string) {
  return {
    method: "OPTIONS",
    target: "/v1/orders/7",
    headers: {
      Origin: origin,
      "Access-Control-Request-Method": method,
      ...(headers !== undefined && { "Access-Control-Request-Headers": headers }),
    },
  };
}

describe("a preflight", () => {
  it("is answered at the edge with the rule's whole lists", async () => {
    const { ask } = putPolicy({ rules: [ORDERS] });
    const response = await ask(preflight(APP, "PUT", "content-type"));
    expect(response.status).toBe(204);
    expect(response.body.length).toBe(0);
    expect(response.reached).toEqual([]);
    expect(response.cors).toEqual({
      "access-control-allow-origin": APP,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "GET, PUT, DELETE",
      "access-control-allow-headers": "authorization, content-type",
      "access-control-max-age": "7200",
      vary: VARY_OF_PREFLIGHT,
      "cors-decision": "granted;rule=orders",
    });
  });

  it("from an origin that is not allowed is 403 with a problem document and no CORS field", async () => {
    const { ask } = putPolicy({ rules: [ORDERS] });
    const response = await ask(preflight(EVIL, "PUT"));
    expect(response.status).toBe(403);
    expect(response.reached).toEqual([]);
    expect(response.cors).toEqual({
      vary: VARY_OF_PREFLIGHT,
      "cors-decision": "denied;reason=origin-not-allowed;rule=orders",
    });
    expect(response.header("content-type")).toBe("application/problem+json");
    expect(response.header("cache-control")).toBe("no-store");
    expect(response.header("x-content-type-options")).toBe("nosniff");
    expect(JSON.parse(response.body.toString())).toEqual({
      type: "about:blank",
      title: "Forbidden",
      status: 403,
      code: "origin-not-allowed",
      detail: `The Origin "${EVIL}" is not allowed here.`,
    });
  });

  it.each<[string, string, string | undefined, string]>([
    ["method", "PATCH", undefined, "method-not-allowed"],
    ["header", "PUT", "x-trace", "header-not-allowed"],
  ])(
    "denied only for its %s is answered like a grant, so that the browser names the culprit",
    async (_, method, headers, reason) => {
      const { ask } = putPolicy({ rules: [ORDERS] });
      const response = await ask(preflight(APP, method, headers));
      expect(response.status).toBe(204);
      expect(response.cors).toEqual({
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, PUT, DELETE",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "7200",
        vary: VARY_OF_PREFLIGHT,
        "cors-decision": `denied;reason=${reason};rule=orders`,
      });
    },
  );

  it("denied for a safelisted method is 403, because the browser would go on", async () => {
    const { ask } = putPolicy({ rules: [ORDERS] });
    const response = await ask(preflight(APP, "POST", "content-type"));
    expect(response.status).toBe(403);
    expect(response.cors).toEqual({
      vary: VARY_OF_PREFLIGHT,
      "cors-decision": "denied;reason=method-not-allowed;rule=orders",
    });
  });

  it("is read with several field lines, white space, empty elements and any case", async () => {
    const { ask } = putPolicy({ rules: [ORDERS] });
    const response = await ask({
      ...preflight(APP, "PUT"),
      headers: [
        ["Origin", APP],
        ["Access-Control-Request-Method", "PUT"],
        ["Access-Control-Request-Headers", " Content-Type\t,,"],
        ["Access-Control-Request-Headers", "AUTHORIZATION , content-type"],
      ],
    });
    expect(response.status).toBe(204);
    expect(response.header("cors-decision")).toBe("granted;rule=orders");
  });

  it.each([
    ["64 KiB of requested headers", "PUT", "a,".repeat(32 * 1024)],
    ["129 elements", "PUT", ",".repeat(128)],
    ["a name that is no token", "PUT", "content type"],
    ["a method that is no token", "P UT", undefined],
  ])("with %s is request-malformed", async (_, method, headers) => {
    const { ask } = putPolicy({ rules: [ORDERS] });
    const response = await ask(preflight(APP, method, headers));
    expect(response.status).toBe(403);
    expect(response.cors).toEqual({
      vary: VARY_OF_PREFLIGHT,
      "cors-decision": "denied;reason=request-malformed;rule=orders",
    });
  });

  it("echoes what was asked under `*` with credentials, and `*` without", async () => {
    const wild = { name: "wild", allowOrigins: [APP], allowMethods: ["*"], allowHeaders: ["*"] };
    const { ask } = putPolicy({ rules: [{ ...wild, allowCredentials: true }] });
    expect((await ask(preflight(APP, "PATCH", "X-B,x-a,x-b"))).cors).toEqual({
      "access-control-allow-origin": APP,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "PATCH",
      "access-control-allow-headers": "x-b, x-a",
      "access-control-max-age": "7200",
      vary: VARY_OF_PREFLIGHT,
      "cors-decision": "granted;rule=wild",
    });
    const without = putPolicy({ rules: [{ ...wild, allowHeaders: ["*", "authorization"] }] });
    expect((await without.ask(preflight(APP, "PATCH", "authorization,x-a"))).cors).toEqual({
      "access-control-allow-origin": APP,
      "access-control-allow-methods": "*",
      "access-control-allow-headers": "*, authorization",
      "access-control-max-age": "7200",
      vary: VARY_OF_PREFLIGHT,
      "cors-decision": "granted;rule=wild",
    });
  });

  it("is a plain OPTIONS request without Access-Control-Request-Method, and a same-origin one passes", async () => {
    const { ask, host } = putPolicy({ rules: [{ ...ORDERS, allowMethods: ["OPTIONS"] }] });
    const plain = await ask({ method: "OPTIONS", target: "/v1/x", headers: { Origin: APP } });
    expect(plain.reached).toHaveLength(1);
    const own = await ask(preflight(`http://${host}`, "PUT"));
    expect(own.reached).toHaveLength(1);
    expect(own.cors).toEqual({ vary: "Origin", "timing-allow-origin": "*" });
  });
});

describe("an actual request", () => {
  it("is proxied, the upstream's own CORS fields replaced", async () => {
    const { ask, host } = putPolicy({ rules: [ORDERS] });
    const response = await ask({ target: "/v1/orders/7?", headers: { Origin: APP, Cookie: "a=b" } });
    expect(response.status).toBe(200);
    expect(response.header("x-upstream")).toBe("yes");
    expect(response.cors).toEqual({
      "access-control-allow-origin": APP,
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "etag",
      vary: "Origin",
      "timing-allow-origin": "*",
      "cors-decision": "granted;rule=orders",
    });
    expect(response.reached).toHaveLength(1);
    expect(response.reached[0]).toMatchObject({ method: "GET", url: "/v1/orders/7?" });
    expect(response.reached[0]?.headers).toMatchObject({
      origin: APP,
      cookie: "a=b",
      "x-forwarded-host": host,
      "x-forwarded-proto": "http",
      "cors-gateway-loop": host,
    });
  });

  it("denied for its origin does not reach the upstream", async () => {
    const { ask } = putPolicy({ rules: [ORDERS] });
    const response = await ask({ method: "PUT", target: "/v1/orders/7", headers: { Origin: EVIL }, body: "x" });
    expect(response.status).toBe(403);
    expect(response.reached).toEqual([]);
    expect(response.cors).toEqual({
      vary: "Origin",
      "cors-decision": "denied;reason=origin-not-allowed;rule=orders",
    });
  });

  it("denied for its method only carries the CORS fields, so that the page can read why", async () => {
    const { ask } = putPolicy({ rules: [ORDERS] });
    const response = await ask({ method: "POST", target: "/v1/orders/7", headers: { Origin: APP }, body: "x" });
    expect(response.status).toBe(403);
    expect(response.reached).toEqual([]);
    expect(response.cors).toEqual({
      "access-control-allow-origin": APP,
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "etag",
      vary: "Origin",
      "cors-decision": "denied;reason=method-not-allowed;rule=orders",
    });
  });

  it("denied under `forward` is proxied with its cookies and without any CORS field", async () => {
    const { ask } = putPolicy({ rules: [{ ...ORDERS, onDenied: "forward", timingAllowOrigin: true }] });
    const response = await ask({ target: "/v1/x", headers: { Origin: EVIL, Cookie: "a=b" } });
    expect(response.status).toBe(200);
    expect(response.reached[0]?.headers.cookie).toBe("a=b");
    expect(response.cors).toEqual({
      vary: "Origin",
      "cors-decision": "denied;reason=origin-not-allowed;rule=orders",
    });
  });

  it("loses its cookies under a rule without credentials", async () => {
    const { ask } = putPolicy({ rules: [{ name: "r", allowOrigins: [APP] }] });
    const response = await ask({ headers: { Origin: APP, Cookie: "a=b", Authorization: "Bearer x" } });
    expect(response.reached).toHaveLength(1);
    expect(response.reached[0]?.headers.cookie).toBeUndefined();
    expect(response.reached[0]?.headers.authorization).toBe("Bearer x");
  });

  it.each([
    ["not allowed by any rule", "/other", "no-rule"],
    ["with an encoded slash", "/v1%2forders", "ambiguous-path"],
    ["with a doubled slash", "//v1/orders", "ambiguous-path"],
    ["with a dot segment encoded twice", "/v1/%252e%252e/other", "ambiguous-path"],
  ])("on a path %s is denied, `forward` or not", async (_, target, reason) => {
    const { ask } = putPolicy({ rules: [{ ...ORDERS, onDenied: "forward" }] });
    const response = await ask({ target, headers: { Origin: APP } });
    expect(response.status).toBe(403);
    expect(response.reached).toEqual([]);
    expect(response.cors).toEqual({ vary: "Origin", "cors-decision": `denied;reason=${reason}` });
  });

  it.each([
    ["10 kB long", `https://${"a".repeat(10_000)}.example`],
    ["a list", `${APP}, ${APP}`],
    ["not ASCII", "https://caf\u00e9.example"],
    ["in upper case", "https://APP.example.com"],
    ["with user info", "https://user@app.example.com"],
    ["with a path", `${APP}/`],
    ["with the default port", `${APP}:443`],
    ["a file", "file://"],
  ])("with an Origin %s is origin-malformed, under `*` too", async (_, origin) => {
    for (const rule of [ORDERS, { ...PUBLIC, name: "orders" }]) {
      const { ask } = putPolicy({ rules: [rule] });
      const response = await ask({ target: "/v1/x", headers: { Origin: origin } });
      expect(response.status).toBe(403);
      expect(response.reached).toEqual([]);
      expect(response.cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=origin-malformed;rule=orders" });
    }
  });

  it("with two Origin lines is origin-malformed", async () => {
    const { ask } = putPolicy({ rules: [PUBLIC] });
    const headers = [["Origin", APP] as const, ["Origin", APP] as const];
    expect((await ask({ headers })).header("cors-decision")).toBe("denied;reason=origin-malformed;rule=public");
  });

  it("with the Origin null is origin-opaque, but allowed under `*`", async () => {
    const some = putPolicy({ rules: [ORDERS] });
    const denied = await some.ask({ target: "/v1/x", headers: { Origin: "null" } });
    expect(denied.cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=origin-opaque;rule=orders" });
    const any = putPolicy({ rules: [PUBLIC] });
    const granted = await any.ask({ headers: { Origin: "null" } });
    expect(granted.header("access-control-allow-origin")).toBe("*");
  });
});

describe("a response that passes", () => {
  it("varies by origin and loses the upstream's CORS fields without an Origin, too", async () => {
    const { ask } = putPolicy({ rules: [ORDERS] });
    expect((await ask({ target: "/v1/x" })).cors).toEqual({ vary: "Origin", "timing-allow-origin": "*" });
    expect((await ask({ target: "/v1/x", headers: { Origin: "" } })).cors).toEqual({
      vary: "Origin",
      "timing-allow-origin": "*",
    });
  });

  it("under `*` is the same for all, unless it may be personal", async () => {
    const { ask } = putPolicy({ rules: [{ ...PUBLIC, exposeHeaders: ["*"], timingAllowOrigin: true }] });
    const shared = {
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "*",
      "timing-allow-origin": "*",
    };
    expect((await ask({ headers: { Origin: EVIL } })).cors).toEqual({
      ...shared,
      "cors-decision": "granted;rule=public",
    });
    expect((await ask({})).cors).toEqual(shared);
    expect((await ask({ headers: { Origin: EVIL, "Sec-Fetch-Site": "same-origin" } })).cors).toEqual(shared);
    expect((await ask({ headers: { Cookie: "a=b" } })).cors).toEqual({ vary: "Origin" });
    expect((await ask({ headers: { Authorization: "x" } })).cors).toEqual({ vary: "Origin" });
    expect((await ask({ method: "PUT" })).cors).toEqual({ vary: "Origin" });
  });

  it("lists the names it carries where a browser takes `*` literally", async () => {
    const { ask } = putPolicy({ rules: [{ ...ORDERS, exposeHeaders: ["*"] }] });
    const response = await ask({ target: "/v1/x", headers: { Origin: APP } });
    const exposed = response.header("access-control-expose-headers")?.split(", ") ?? [];
    expect(exposed).toContain("x-upstream");
    expect(exposed.filter((name) => name.startsWith("access-control-") || name === "set-cookie")).toEqual([]);
  });

  it("carries resourcePolicy and Timing-Allow-Origin as the rule says", async () => {
    const { ask } = putPolicy({
      rules: [{ name: "r", allowOrigins: [APP], timingAllowOrigin: true, resourcePolicy: "cross-origin" }],
    });
    expect((await ask({ headers: { Origin: APP } })).cors).toEqual({
      "access-control-allow-origin": APP,
      "timing-allow-origin": APP,
      "cross-origin-resource-policy": "cross-origin",
      vary: "Origin",
      "cors-decision": "granted;rule=r",
    });
    expect((await ask({})).cors).toEqual({ "cross-origin-resource-policy": "cross-origin", vary: "Origin" });
    expect((await ask({ headers: { Origin: EVIL } })).cors).toEqual({
      "cross-origin-resource-policy": "cross-origin",
      vary: "Origin",
      "cors-decision": "denied;reason=origin-not-allowed;rule=r",
    });
  });
});

describe("DECISION_HEADER", () => {
  it("leaves CORS-Decision out when it is off, the upstream's own included", async () => {
    const quiet = await startWorkerd(inject("workerScript"), {
      DEFAULT_UPSTREAM: upstream.url,
      DECISION_HEADER: "off",
    });
    try {
      const { ask } = put(quiet, upstream, { rules: [ORDERS] });
      expect((await ask({ target: "/v1/x", headers: { Origin: APP } })).header("cors-decision")).toBeUndefined();
      expect((await ask({ target: "/v1/x", headers: { Origin: EVIL } })).header("cors-decision")).toBeUndefined();
    } finally {
      await quiet.stop();
    }
  });
});
