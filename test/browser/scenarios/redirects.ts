/** Redirects: within an API, and across origins, where a browser stops saying where it comes from. */

import { fileURLToPath } from "node:url";
import cors from "cors";
import express, { type RequestHandler } from "express";
import { beforeAll, describe, expect, test } from "vitest";
import type { Field, Service } from "./field.ts";

const PAGE = "app.docs.localhost";
const API = "api.docs.localhost";
const FILES = "files.docs.localhost";

/** Registers the tests of calls that are redirected. */
export function redirects(field: Field): void {
  describe("redirects", () => {
    let site: Service;
    let api: Service;
    let files: Service;

    beforeAll(async () => {
      site = await field.serve(startSite());
      api = await field.serve(startApi());
      files = await field.serve(startFiles());
      const allowOrigins = [`http://${PAGE}:*`];
      field.putPolicy(API, {
        upstream: api.at("localhost"),
        rules: [{ name: "api", allowOrigins, allowMethods: ["GET", "PUT"] }],
      });
      field.putPolicy(FILES, {
        upstream: files.at("localhost"),
        rules: [
          { name: "public", paths: ["/public"], allowOrigins: ["*"] },
          { name: "listed", paths: ["/listed"], allowOrigins },
        ],
      });
    });

    const visit = (apis: Record<string, string>) =>
      field.go(`${site.at(PAGE)}/redirect.html?${new URLSearchParams(apis)}`);

    test("they are followed; one from another origin ends with the origin `null`, which no list of origins allows", async () => {
      expect(await visit({ api: field.gateway(API), files: field.gateway(FILES) })).toEqual({
        moved: "200 GET from the page",
        "moved-put": "200 PUT from the page",
        public: "200 GET from null",
        listed: "TypeError",
        own: "200 GET from the page",
        manual: "opaqueredirect",
      });
      expect(files.arrivals.filter(({ origin }) => origin === "null")).toMatchObject([{ path: "/public" }]);
    });

    test("by itself the API has no CORS on redirects, and locks the page out", async () => {
      expect(await visit({ api: api.at(API), files: field.gateway(FILES) })).toMatchObject({
        moved: "TypeError",
        "moved-put": "TypeError",
        public: "TypeError",
        manual: "TypeError",
      });
    });
  });
}

const redirectToQuery: RequestHandler = ({ url }, response) => response.redirect(url.slice(url.indexOf("?") + 1));

const tellOrigin: RequestHandler = ({ method, headers: { origin = "nowhere" } }, response) => {
  response.send(`${method} from ${origin.includes(PAGE) ? "the page" : origin}`);
};

/** The page's own server. */
function startSite() {
  return express()
    .get("/to", redirectToQuery)
    .use(express.static(fileURLToPath(new URL("pages/", import.meta.url))));
}

/** Its redirects answer before its CORS is asked. */
function startApi() {
  return express()
    .all("/old", (request, response, next) => {
      if (request.method === "OPTIONS") next();
      else response.redirect(307, "/new");
    })
    .get("/to", redirectToQuery)
    .use(cors())
    .all("/new", tellOrigin);
}

/** It was told nothing of CORS. */
function startFiles() {
  return express().get("/:name", tellOrigin);
}
