/** Live APIs on loopback, asked by real requests. */

import cors, { type CorsOptions } from "cors";
import type { RequestHandler } from "express";
import { afterEach, describe, expect, it } from "vitest";
import { findDangers } from "../../../../src/cli/import/dangers.ts";
import { draftObserved } from "../../../../src/cli/import/draft-observed.ts";
import { observe } from "../../../../src/cli/import/observe.ts";
import { parseQuestion, type QuestionOptions } from "../../../../src/cli/import/question.ts";
import { settle } from "../../../../src/cli/import/settle.ts";
import { type LoopbackApi, startApi } from "../../../support/loopback-api.ts";

const APP = "https://app.example.com";
const OTHER = "https://other.example.org";

let api: LoopbackApi | undefined;

afterEach(() => api?.close());

/** Starts an API, asks it, and makes a policy of the answers. */
async function importFrom(handler: RequestHandler, options: Partial<QuestionOptions>) {
  api = await startApi(handler);
  const question = parseQuestion(api.url, { origin: [APP], timeout: 30, ...options });
  const observation = await observe(question, () => undefined);
  const { text, ...differences } = settle((remarks) => draftObserved(observation, ["/v1/orders"], remarks), {
    hostname: "api.example.com",
  });
  const dangers = findDangers(observation).map(({ code, hasCredentials }) =>
    hasCredentials ? `${code} with credentials` : code,
  );
  const rule: object | undefined = text === undefined ? undefined : JSON.parse(text).rules[0];
  return { rule, dangers, observation, ...differences };
}

describe("an observed policy", () => {
  it("has what Express cors grants to the origins asked about, by OPTIONS and GET alone", async () => {
    const options = {
      origin: [APP],
      methods: ["GET", "POST", "PUT"],
      allowedHeaders: ["content-type", "x-a"],
      exposedHeaders: ["ETag"],
      credentials: true,
      maxAge: 600,
    };
    const { rule, refused, notCarried, dangers, observation } = await importFrom(cors(options), {
      origin: [APP, OTHER],
    });
    expect(rule).toEqual({
      name: "api",
      paths: ["/v1/orders"],
      allowOrigins: [APP],
      allowMethods: ["GET", "POST", "PUT"],
      allowHeaders: ["content-type"],
      exposeHeaders: ["etag"],
      allowCredentials: true,
      maxAge: 600,
    });
    expect(refused).toEqual([]);
    expect(notCarried).toMatchObject([{ option: OTHER }]);
    expect(dangers).toEqual([]);
    expect(new Set(api?.seen)).toEqual(new Set(["OPTIONS", "GET"]));
    expect(api?.seen).toHaveLength(observation.requests);
  });

  it("has the methods and headers asked about", async () => {
    const handler = cors({ origin: APP, allowedHeaders: ["x-a"], maxAge: 5 });
    const { rule } = await importFrom(handler, { method: ["GET", "delete"], header: ["X-A", "x-b"] });
    expect(rule).toMatchObject({ allowMethods: ["GET", "DELETE"], allowHeaders: ["x-a"] });
  });

  it("lists what was asked about where an API reflects any origin and any header with credentials", async () => {
    const { rule, refused, dangers } = await importFrom(cors({ origin: true, credentials: true, maxAge: 5 }), {});
    expect(dangers).toEqual(["stranger with credentials", "null with credentials"]);
    expect(rule).toMatchObject({
      allowOrigins: [APP],
      allowHeaders: ["authorization", "content-type"],
      allowCredentials: true,
    });
    expect(refused).toMatchObject([{ option: "headers" }]);
  });

  it.each<[string, CorsOptions["origin"], string[]]>([
    ["an expression open at its end", /^https:\/\/app\.example\.com/, ["suffix"]],
    ["an expression without a dot before the domain", /example\.com$/, ["http", "prefix", "subdomain", "dot"]],
    ["an expression with a dot that is not escaped", /^https:\/\/app.example\.com$/, ["dot"]],
    ["plain http beside https", /^https?:\/\/app\.example\.com$/, ["http"]],
    ["null", [APP, "null"], ["null"]],
    ["*", "*", ["stranger", "null"]],
    ["nothing dangerous", [APP], []],
  ])("has the origin asked about alone where an API has %s, which is found out", async (_, origin, codes) => {
    const { rule, dangers } = await importFrom(cors({ origin, maxAge: 5 }), {});
    expect(dangers).toEqual(codes);
    expect(rule).toMatchObject({ allowOrigins: [APP] });
    expect(rule).not.toHaveProperty("allowCredentials");
  });

  it("has what every one of the origins is granted, and says what only some have", async () => {
    const handler: RequestHandler = (request, response, next) => {
      const isApp = request.headers.origin === APP;
      const options = { credentials: isApp, methods: isApp ? "GET,PUT" : "GET", exposedHeaders: isApp ? "a,b" : "b,c" };
      cors({ origin: [APP, OTHER], allowedHeaders: "x-a", maxAge: isApp ? 60 : 30, ...options })(
        request,
        response,
        next,
      );
    };
    const { rule, refused } = await importFrom(handler, {
      origin: [APP, OTHER],
      method: ["GET", "PUT"],
      header: ["x-a"],
    });
    expect(rule).toMatchObject({
      allowOrigins: [APP, OTHER],
      allowMethods: ["GET"],
      allowHeaders: ["x-a"],
      exposeHeaders: ["b"],
      maxAge: 30,
    });
    expect(rule).not.toHaveProperty("allowCredentials");
    expect(refused.map(({ option }) => option)).toEqual(["credentials", "methods"]);
  });

  it("has GET alone where no preflight is answered", async () => {
    const { rule } = await importFrom((request, response, next) => {
      if (request.method === "OPTIONS") response.sendStatus(405);
      else cors({ origin: APP })(request, response, next);
    }, {});
    expect(rule).toMatchObject({ allowOrigins: [APP], allowMethods: ["GET"] });
    expect(rule).not.toHaveProperty("allowHeaders");
  });

  it("has no GET where its answer cannot be read", async () => {
    const { rule } = await importFrom((request, response, next) => {
      if (request.method === "OPTIONS")
        cors({ origin: APP, methods: "PUT", allowedHeaders: "x-a" })(request, response, next);
      else next();
    }, {});
    expect(rule).toMatchObject({ allowOrigins: [APP], allowMethods: ["POST", "PUT"] });
  });

  it("takes a * that is sent with credentials for the name that browsers take it for", async () => {
    const { rule } = await importFrom(
      cors({ origin: APP, credentials: true, methods: "*", allowedHeaders: "*", exposedHeaders: "*", maxAge: 5 }),
      {},
    );
    // GET and POST need no listing.
    expect(rule).toEqual({
      name: "api",
      paths: ["/v1/orders"],
      allowOrigins: [APP],
      allowMethods: ["GET", "POST"],
      allowCredentials: true,
      maxAge: 5,
    });
  });

  it("is none where no origin is allowed", async () => {
    const { rule, notCarried } = await importFrom((_, __, next) => next(), {});
    expect(rule).toBeUndefined();
    expect(notCarried).toContainEqual({
      option: APP,
      message: expect.stringContaining("no Access-Control-Allow-Origin"),
    });
  });
});

describe("parseQuestion says in one line what is wrong with", () => {
  it.each<[string, string, Partial<QuestionOptions>, string]>([
    ["no origin", "http://127.0.0.1:1/", {}, "which origins may call the API? Name them"],
    [
      "an origin that is none",
      "http://127.0.0.1:1/",
      { origin: ["app.example.com"] },
      'write "https://app.example.com"',
    ],
    ["a pattern", "http://127.0.0.1:1/", { origin: ["https://*.example.com"] }, "is a pattern"],
    ["the API's own origin", "http://127.0.0.1:1/", { origin: ["http://127.0.0.1:1"] }, "the API's own origin"],
    ["a WebSocket", "ws://127.0.0.1:1/", { origin: [APP], method: ["GET"] }, "--observe is for http and https"],
    [
      "a header that no page sets",
      "http://127.0.0.1:1/",
      { origin: [APP], header: ["cookie"] },
      "no page can set cookie",
    ],
    ["a header that is no name", "http://127.0.0.1:1/", { origin: [APP], header: ["x a"] }, "is not a header name"],
    [
      "a method that no page sends",
      "http://127.0.0.1:1/",
      { origin: [APP], method: ["TRACE"] },
      "no page can send TRACE",
    ],
    [
      "more requests than anybody should send",
      "http://127.0.0.1:1/",
      { origin: Array.from({ length: 20 }, (_, index) => `https://a${index}.example.com`) },
      "and at most 200 are sent",
    ],
  ])("%s", (_, url, options, line) => {
    expect(() => parseQuestion(url, { timeout: 1, ...options })).toThrow(line);
  });
});
