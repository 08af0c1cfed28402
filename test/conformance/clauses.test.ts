/** Clauses that no other test shows by itself, on plain workerd. README.md here says which test shows which clause. */

import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { converseWith, fetchAsPage, type PageFetch } from "../support/browser-model/browser-model.ts";
import { type Answer, extractList, passesTimingCheck } from "../support/browser-model/checks.ts";
import { KeepAliveClient } from "../support/keep-alive-client.ts";
import { putPolicy, type Site } from "../support/policies-under-test.ts";
import type { RawResponse } from "../support/raw-http.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const APP = "https://app.example.com";
const RULE = {
  name: "api",
  allowOrigins: [APP],
  allowMethods: ["GET", "PUT", "POST"],
  allowHeaders: ["Content-Type", "authorization"],
  exposeHeaders: ["etag", "X-Total"],
  allowCredentials: true,
  maxAge: 600,
};

let gateway: RunningGateway;
let upstream: Upstream;
let client: KeepAliveClient;

beforeAll(async () => {
  upstream = await startUpstream(({ url }, response) => {
    const [, location] = /[?]to=(.*)$/.exec(url) ?? [];
    if (location === undefined) response.end("ok");
    else response.writeHead(302, { location: decodeURIComponent(location) }).end();
  });
  gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
  client = new KeepAliveClient(gateway.port);
});

afterAll(async () => {
  client.close();
  await gateway.stop();
  await upstream.close();
  expect(gateway.noise).toEqual([]);
});

const put = (...rules: object[]): Site => putPolicy(gateway, upstream, { rules });

function fetched(page: Partial<PageFetch> & Pick<PageFetch, "url">) {
  const given: PageFetch = { origin: APP, method: "GET", headers: [], mode: "cors", credentials: "omit", ...page };
  return converseWith(fetchAsPage(given), (sent) => client.send(sent));
}

const PREFLIGHT = {
  method: "OPTIONS",
  headers: { Origin: APP, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type" },
};

/** The lines of the CORS protocol, names byte-lowercase. */
function corsLines({ lines }: RawResponse): (readonly [string, string])[] {
  const all = lines.map(([name, value]) => [name.toLowerCase(), value] as const);
  return all.filter(([name]) => name.startsWith("access-control-"));
}

it("every CORS field is one line of the syntax that the standard gives it", async () => {
  const { ask } = put({ ...RULE, paths: ["/v1/*"] }, { name: "public", allowOrigins: ["*"], exposeHeaders: ["*"] });
  const responses = [
    await ask({ ...PREFLIGHT, target: "/v1/x" }),
    await ask({ target: "/v1/x", headers: { Origin: APP } }),
    await ask({ ...PREFLIGHT, target: "/x" }),
    await ask({ target: "/x", headers: { Origin: "null" } }),
    await ask({ target: "/x" }),
  ];
  const syntax: Readonly<Record<string, (value: string, answer: Answer) => boolean>> = {
    "access-control-allow-origin": (value) => value === "*" || value === APP,
    "access-control-allow-credentials": (value) => value === "true",
    "access-control-max-age": (value) => /^[0-9]+$/.test(value),
    "access-control-allow-methods": (_, answer) => extractList(answer, "access-control-allow-methods") !== "failure",
    "access-control-allow-headers": (_, answer) => extractList(answer, "access-control-allow-headers") !== "failure",
    "access-control-expose-headers": (_, answer) => extractList(answer, "access-control-expose-headers") !== "failure",
  };
  const met = new Set<string>();
  for (const response of responses) {
    const headers = corsLines(response);
    const names = headers.map(([name]) => name);
    expect(names).toEqual([...new Set(names)]);
    for (const [name, value] of headers) {
      met.add(name);
      expect(syntax[name]?.(value, { status: response.status, headers }), `${name}: ${value}`).toBe(true);
    }
  }
  expect([...met].sort()).toEqual(Object.keys(syntax).sort());
});

it.each([
  [
    "a preflight's fields are not sent with an actual response",
    { headers: { Origin: APP } },
    /allow-(?:methods|headers)|max-age/,
  ],
  ["exposed names are not sent with a preflight's answer", PREFLIGHT, /expose-headers/],
])("%s", async (_, request, pattern) => {
  const response = await put(RULE).ask(request);
  const names = corsLines(response).map(([name]) => name);
  expect(names).toContain("access-control-allow-origin");
  expect(names.filter((name) => pattern.test(name))).toEqual([]);
});

it("Access-Control-Request-Headers or -Method on anything but OPTIONS makes no preflight", async () => {
  const { ask } = put(RULE);
  const response = await ask({ method: "GET", headers: PREFLIGHT.headers });
  expect(response.status).toBe(200);
  expect(response.reached.length).toBe(1);
});

it.each([
  "application/csp-report",
  "application/expect-ct-report+json",
  "application/xss-auditor-report",
  "application/ocsp-request",
])("a POST of %s, which browsers send without asking, is an actual request like any other", async (type) => {
  const { ask } = put({ ...RULE, allowHeaders: [] });
  const post = (Origin: string) => ask({ method: "POST", headers: { Origin, "Content-Type": type }, body: "{}" });
  expect((await post(APP)).reached.length).toBe(1);
  expect(await post("https://evil.example")).toMatchObject({ status: 403, reached: [] });
});

it("a page is followed to another host as an opaque origin, and reads it only where that is allowed", async () => {
  const closed = put(RULE);
  const open = put({ name: "open", allowOrigins: ["*"] });
  const first = put(RULE);
  const from = (host: string) => `http://${first.host}/x?to=${encodeURIComponent(`http://${host}/y`)}`;
  expect(await fetched({ url: from(open.host) })).toMatchObject({ kind: "read", url: `http://${open.host}/y` });
  expect(await fetched({ url: from(closed.host) })).toEqual({ kind: "error", step: "cors-check" });
  expect(await fetched({ url: `http://${first.host}/x?to=/z` })).toMatchObject({
    kind: "read",
    url: `http://${first.host}/z`,
  });
});

it.each<[string | undefined, "opaque" | "error"]>([
  [undefined, "opaque"],
  ["cross-origin", "opaque"],
  ["same-site", "error"],
  ["same-origin", "error"],
])("with resourcePolicy %s a load of another site without CORS comes to: %s", async (resourcePolicy, kind) => {
  const { host } = put({ ...RULE, ...(resourcePolicy !== undefined && { resourcePolicy }) });
  expect(await fetched({ url: `http://${host}/image`, mode: "no-cors" })).toMatchObject({ kind });
});

it("with timingAllowOrigin the timing check passes for an allowed origin, and for no other", async () => {
  const { ask } = put({ ...RULE, onDenied: "forward", timingAllowOrigin: true });
  const timed = async (Origin: string) => {
    const { lines, status } = await ask({ headers: { Origin } });
    return passesTimingCheck(Origin, { status, headers: lines });
  };
  expect(await timed(APP)).toBe(true);
  expect(await timed("https://evil.example")).toBe(false);
});

it("CORS-Decision is an item with parameters of the structured-field syntax, one line, whatever it says", async () => {
  const document = { mode: "report-only", rules: [RULE] };
  const pushed = putPolicy(gateway, upstream, document);
  gateway.kv.metadata.set(`policy/${pushed.host}`, { version: 7 });
  const said = [
    await put(RULE).ask(PREFLIGHT),
    await put(RULE).ask({ headers: { Origin: "https://evil.example" } }),
    await pushed.ask({ headers: { Origin: "https://evil.example" } }),
  ].map(({ lines }) => lines.filter(([name]) => name.toLowerCase() === "cors-decision").map(([, value]) => value));
  expect(said).toEqual([
    ["granted;rule=api"],
    ["denied;reason=origin-not-allowed;rule=api"],
    ["denied;reason=origin-not-allowed;rule=api;version=7;report-only"],
  ]);
  // sf-item = bare-item parameters; here tokens, and integers of at most 15 digits.
  const token = "[A-Za-z*][!#$%&'*+\\-.^_`|~:/\\w]*";
  const item = new RegExp(`^${token}(?:; *[a-z*][a-z0-9_\\-.*]*(?:=(?:${token}|-?\\d{1,15}))?)*$`);
  for (const [value = ""] of said) expect(value).toMatch(item);
});
