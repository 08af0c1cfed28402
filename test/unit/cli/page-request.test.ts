import { describe, expect, it } from "vitest";
import { parsePageRequest } from "../../../src/cli/page-request.ts";
import { UsageError } from "../../../src/cli/usage-error.ts";
import { APP } from "../../support/policies.ts";

const URL_TEXT = "https://api.example.com/v1/x";

describe("parsePageRequest takes", () => {
  it("a request as a browser sends it", () => {
    const header = ["Content-Type:  application/json ", "X-Empty:", "x-name", "x-colon: a:b"];
    const { request, notes } = parsePageRequest(`${URL_TEXT}?q#here`, { origin: APP, method: "PUT", header });
    expect({ ...request, url: request.url.href, notes }).toEqual({
      url: `${URL_TEXT}?q`,
      origin: APP,
      method: "PUT",
      headers: [
        ["content-type", "application/json"],
        ["x-empty", ""],
        ["x-name", ""],
        ["x-colon", "a:b"],
      ],
      hasCredentials: false,
      notes: [],
    });
  });

  it.each(["null", "http://localhost:3000", "capacitor://localhost", "https://[::1]:8443"])(
    "the origin %s",
    (origin) => {
      expect(parsePageRequest(URL_TEXT, { origin }).request.origin).toBe(origin);
    },
  );

  it("a method in lower case as browsers do, and says so", () => {
    expect(parsePageRequest(URL_TEXT, { origin: APP, method: "put" })).toMatchObject({
      request: { method: "PUT" },
      notes: ["the browser sends put as PUT"],
    });
    const { request, notes } = parsePageRequest(URL_TEXT, { origin: APP, method: "patch" });
    expect(request.method).toBe("patch");
    expect(notes[0]).toContain("which is not PATCH");
  });

  it("a forbidden header as none, and says so", () => {
    expect(parsePageRequest(URL_TEXT, { origin: APP, header: ["Cookie: a=b"] })).toMatchObject({
      request: { headers: [] },
      notes: ["a page cannot set Cookie: the browser drops it, and sets its own"],
    });
  });
});

describe("parsePageRequest refuses", () => {
  it.each<[string | undefined, object, string]>([
    [undefined, {}, "Name the URL"],
    ["", {}, "write https://api.example.com/path"],
    ["https://", {}, "write https://api.example.com/path"],
    ["api.example.com/v1/x", {}, "write https://api.example.com/v1/x"],
    ["//api.example.com/v1/x", {}, "write https://api.example.com/v1/x"],
    ["localhost:8787/x", {}, "write http://localhost:8787/x"],
    ["ftp://api.example.com/", {}, "write http or https"],
    ["https://u:p@api.example.com/x", {}, "write https://api.example.com/x"],
    ["wss://api.example.com/x", { method: "PUT" }, "leave out --method"],
    ["wss://api.example.com/x", { header: ["x-a: 1"] }, "leave out --method"],
    [URL_TEXT, { origin: undefined }, "--origin https://app.example.com"],
    [URL_TEXT, { origin: "app.example.com" }, 'write "https://app.example.com"'],
    [URL_TEXT, { origin: `${APP}/` }, `write "${APP}"`],
    [URL_TEXT, { origin: "https://App.Example.com" }, `write "${APP}"`],
    [URL_TEXT, { origin: `${APP}:443` }, `write "${APP}"`],
    [URL_TEXT, { origin: "https://*.example.com" }, "is a pattern"],
    [URL_TEXT, { origin: "*" }, "is a pattern"],
    [URL_TEXT, { method: "P UT" }, "is not a method"],
    [URL_TEXT, { method: "trace" }, "no page can send trace"],
    [URL_TEXT, { header: ["x a: 1"] }, "--header 'NAME: VALUE'"],
    [URL_TEXT, { header: [": 1"] }, "--header 'NAME: VALUE'"],
    [URL_TEXT, { header: ["x-a: a\nb"] }, "no page can send this value"],
    [URL_TEXT, { header: ["x-a: €"] }, "no page can send this value"],
    [URL_TEXT, { header: ["Content-Type"] }, "write --header 'content-type: application/json'"],
    [URL_TEXT, { header: ["range"] }, "depends on the value of range"],
  ])("%s with %j", (url, options, advice) => {
    const parse = () => parsePageRequest(url, { origin: APP, ...options });
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(advice);
  });
});
