import { describe, expect, it } from "vitest";
import { classify, isCrossSiteLoad, isWebSocketUpgrade, type RequestClass } from "../../src/core/classify.ts";
import { APP, requestOf } from "../support/policies.ts";

const OWN = "https://api.example.com";
const PREFLIGHT = { "access-control-request-method": "PUT" };
const UPGRADE = { upgrade: "websocket" };

describe("classify", () => {
  it.each<[string, RequestClass, string, string, Record<string, string>]>([
    ["a GET without Origin", "non-cors", "GET", "/", {}],
    ["a POST without Origin", "non-cors", "POST", "/", {}],
    ["an empty Origin", "non-cors", "POST", "/", { origin: "" }],
    ["an OPTIONS without Origin", "non-cors", "OPTIONS", "/", PREFLIGHT],
    ["a WebSocket without Origin", "non-cors", "GET", "/", UPGRADE],
    ["the page's marks without Origin", "non-cors", "GET", "/", { "sec-fetch-site": "same-origin" }],

    ["the request's own origin", "same-origin", "POST", "/", { origin: OWN }],
    ["the own origin with a port", "same-origin", "POST", `${OWN}:8443/x`, { origin: `${OWN}:8443` }],
    ["the own origin of http", "same-origin", "POST", "http://localhost:8787/", { origin: "http://localhost:8787" }],
    ["the own origin of wss", "same-origin", "GET", "wss://api.example.com/", { origin: OWN, ...UPGRADE }],
    [
      "the own origin of ws",
      "same-origin",
      "GET",
      "ws://localhost:8787/",
      { origin: "http://localhost:8787", ...UPGRADE },
    ],
    ["a same-origin preflight", "same-origin", "OPTIONS", "/", { origin: OWN, ...PREFLIGHT }],
    ["a same-origin WebSocket", "same-origin", "GET", "/", { origin: OWN, ...UPGRADE }],
    ["the browser's word for it", "same-origin", "POST", "/", { origin: APP, "sec-fetch-site": "same-origin" }],
    [
      "the browser's word on a preflight",
      "same-origin",
      "OPTIONS",
      "/",
      { origin: APP, "sec-fetch-site": "same-origin", ...PREFLIGHT },
    ],
    [
      "the browser's word on an opaque origin",
      "same-origin",
      "GET",
      "/",
      { origin: "null", "sec-fetch-site": "same-origin" },
    ],

    ["a preflight", "preflight", "OPTIONS", "/", { origin: APP, ...PREFLIGHT }],
    [
      "a preflight that names headers",
      "preflight",
      "OPTIONS",
      "/",
      { origin: APP, ...PREFLIGHT, "access-control-request-headers": "x-a" },
    ],
    ["a preflight of an opaque origin", "preflight", "OPTIONS", "/", { origin: "null", ...PREFLIGHT }],
    ["a preflight of nonsense", "preflight", "OPTIONS", "/", { origin: "nonsense", ...PREFLIGHT }],
    [
      "a preflight that names no method",
      "preflight",
      "OPTIONS",
      "/",
      { origin: APP, "access-control-request-method": "" },
    ],
    [
      "a preflight marked cross-site",
      "preflight",
      "OPTIONS",
      "/",
      { origin: APP, ...PREFLIGHT, "sec-fetch-site": "cross-site" },
    ],

    ["a WebSocket", "websocket", "GET", "/", { origin: APP, ...UPGRADE }],
    ["a WebSocket in another case", "websocket", "GET", "/", { origin: APP, upgrade: "WebSocket" }],
    ["a WebSocket of wss", "websocket", "GET", "wss://api.example.com/", { origin: APP, ...UPGRADE }],
    ["a WebSocket of an opaque origin", "websocket", "GET", "/", { origin: "null", ...UPGRADE }],

    ["a GET", "actual", "GET", "/", { origin: APP }],
    ["a PUT", "actual", "PUT", "/", { origin: APP }],
    ["a plain OPTIONS", "actual", "OPTIONS", "/", { origin: APP }],
    [
      "an OPTIONS that names headers alone",
      "actual",
      "OPTIONS",
      "/",
      { origin: APP, "access-control-request-headers": "x-a" },
    ],
    ["a POST that names a method", "actual", "POST", "/", { origin: APP, ...PREFLIGHT }],
    ["a lower-case options", "actual", "options", "/", { origin: APP, ...PREFLIGHT }],
    ["a POST that upgrades", "actual", "POST", "/", { origin: APP, ...UPGRADE }],
    ["an upgrade to something else", "actual", "GET", "/", { origin: APP, upgrade: "h2c" }],
    ["an opaque origin", "actual", "GET", "/", { origin: "null" }],
    ["another scheme", "actual", "GET", "/", { origin: "http://api.example.com" }],
    ["another port", "actual", "GET", "/", { origin: `${OWN}:8443` }],
    ["a written default port", "actual", "GET", "/", { origin: `${OWN}:443` }],
    ["a parent domain", "actual", "GET", "/", { origin: "https://example.com" }],
    ["the own origin in upper case", "actual", "GET", "/", { origin: "https://API.example.com" }],
    [
      "the own origin of wss under its own scheme",
      "actual",
      "GET",
      "wss://api.example.com/",
      { origin: "wss://api.example.com" },
    ],
    ["the browser's word same-site", "actual", "GET", "/", { origin: APP, "sec-fetch-site": "same-site" }],
    ["the browser's word none", "actual", "GET", "/", { origin: APP, "sec-fetch-site": "none" }],
    ["the browser's word twice", "actual", "GET", "/", { origin: APP, "sec-fetch-site": "same-origin, cross-site" }],
  ])("takes %s for %s", (_, expected, method, url, headers) => {
    expect(classify(requestOf(method, url, headers))).toBe(expected);
  });
});

describe("isCrossSiteLoad", () => {
  it.each([
    ["cross-site", "no-cors", "image", true],
    ["cross-site", "navigate", "object", true],
    ["cross-site", "navigate", "embed", true],
    ["cross-site", "navigate", "document", false],
    ["cross-site", "navigate", "objects", false],
    ["cross-site", "navigate", "an-embed", false],
    ["cross-site", "cors", "empty", false],
    ["same-site", "no-cors", "image", false],
    ["none", "navigate", "object", false],
  ])("of a load from %s, mode %s, for %s is %s", (site, mode, destination, expected) => {
    const headers = { "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": destination };
    expect(isCrossSiteLoad(requestOf("GET", "/", headers))).toBe(expected);
  });

  it("of a load without a destination is false", () => {
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect(isCrossSiteLoad(requestOf("GET", "/", headers))).toBe(false);
  });
});

describe("isWebSocketUpgrade", () => {
  it.each([
    ["websocket", true],
    ["WebSocket", true],
    ["WEBSOCKET", true],
    [" websocket ", true],
    ["h2c, websocket", false],
    [null, false],
    ["", false],
    ["h2c", false],
    ["websockets", false],
    ["web socket", false],
  ])("of %j is %s", (upgrade, expected) => {
    expect(isWebSocketUpgrade(upgrade)).toBe(expected);
  });
});
