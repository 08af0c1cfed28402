/** Script that reads the headers of an answer: those that are listed, or all of them. */

import fastifyCors from "@fastify/cors";
import fastify from "fastify";
import { beforeAll, describe, expect, test } from "vitest";
import { fromFastify } from "../../support/frameworks.ts";
import type { Field, Service } from "./field.ts";

const API = "api.pages.localhost";
const PAGE = "app.pages.localhost";

/** Registers the tests of what script sees of the headers of an answer. */
export function exposedHeaders(field: Field): void {
  describe("script that reads headers", () => {
    let api: Service;

    beforeAll(async () => {
      api = await field.serve(await startApi());
      const allowOrigins = [`http://${PAGE}:*`];
      field.putPolicy(API, {
        upstream: api.at("localhost"),
        rules: [
          {
            name: "listed",
            paths: ["/listed"],
            allowOrigins,
            exposeHeaders: ["link", "x-total-count"],
            allowCredentials: true,
          },
          { name: "everything", paths: ["/everything"], allowOrigins, exposeHeaders: ["*"] },
          { name: "personal", paths: ["/personal"], allowOrigins, exposeHeaders: ["*"], allowCredentials: true },
        ],
      });
    });

    test("it reads what the rule lists, or by `*` everything but cookies, with credentials too", async () => {
      expect(await field.visit(PAGE, "headers.html", { api: field.gateway(API) })).toEqual({
        listed: "link x-total-count",
        everything: "etag link x-request-id x-total-count",
        personal: "etag link x-request-id x-total-count",
      });
    });

    test("by itself the API's `*` is a name like any other where credentials are", async () => {
      expect(await field.visit(PAGE, "headers.html", { api: api.at(API) })).toEqual({
        listed: "none",
        everything: "etag link x-request-id x-total-count",
        personal: "none",
      });
    });
  });
}

/** It says `*`, which a browser takes literally on an answer to a request with credentials. */
async function startApi() {
  const app = fastify();
  app.register(fastifyCors, { origin: true, credentials: true, exposedHeaders: "*" });
  app.get("/*", (_, reply) =>
    reply
      .headers({ etag: '"1"', link: "</2>; rel=next", "x-request-id": "r1", "x-total-count": "42" })
      .header("set-cookie", "seen=1; HttpOnly")
      .send("page 1"),
  );
  return fromFastify(app);
}
