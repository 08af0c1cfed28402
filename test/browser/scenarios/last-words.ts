/** What a page sends while it is left: `navigator.sendBeacon` and `fetch` with `keepalive`. */

import fastifyCors from "@fastify/cors";
import fastify from "fastify";
import { beforeAll, describe, expect, test } from "vitest";
import { fromFastify } from "../../support/frameworks.ts";
import type { Field, Service } from "./field.ts";

const PAGE = "app.metrics.localhost";
const METRICS = "collect.metrics.localhost";
const HOSTILE = "hostile.localhost";

/** Registers the tests of what arrives of a page that is being left. */
export function lastWords(field: Field): void {
  describe("beacons and keepalive on unload", () => {
    let metrics: Service;

    beforeAll(async () => {
      metrics = await field.serve(await startMetrics());
      field.putPolicy(METRICS, {
        upstream: metrics.at("localhost"),
        rules: [
          {
            name: "metrics",
            allowOrigins: [`http://${PAGE}:*`],
            allowMethods: ["POST", "PUT"],
            allowHeaders: ["content-type"],
            allowCredentials: true,
          },
        ],
      });
    });

    /** Opens the page and leaves it. */
    async function leave(host: string, api: string) {
      expect(await field.visit(host, "leave.html", { metrics: api })).toEqual({ state: "waiting" });
      await field.visit(host, "start.html");
    }
    const reached = (since = 0) =>
      metrics.arrivals
        .slice(since)
        .map(({ method, path }) => `${method} ${path}`)
        .sort();

    test("they arrive, those that need a preflight too", async () => {
      await leave(PAGE, field.gateway(METRICS));
      await expect.poll(() => reached()).toEqual(["POST /beacon", "POST /json", "PUT /draft"]);
    });

    test("of a hostile page none does", async () => {
      const before = reached();
      const denied = field.denials(METRICS).length;
      await leave(HOSTILE, field.gateway(METRICS));
      await expect.poll(() => field.denials(METRICS).slice(denied)).toHaveLength(3);
      expect(reached()).toEqual(before);
    });

    test("by itself the API is told by anybody, and never gets a draft", async () => {
      const before = metrics.arrivals.length;
      await leave(HOSTILE, metrics.at(METRICS));
      await expect
        .poll(() => reached(before))
        .toEqual(["OPTIONS /draft", "OPTIONS /json", "POST /beacon", "POST /json"]);
    });
  });
}

/** It allows every origin, and of methods only those that its CORS plugin allows by default. */
async function startMetrics() {
  const app = fastify();
  app.register(fastifyCors, { origin: true, credentials: true });
  app.addContentTypeParser("*", (_, _body, done) => done(null));
  app.post("/*", (_, reply) => reply.code(204).send());
  app.put("/*", (_, reply) => reply.code(204).send());
  return fromFastify(app);
}
