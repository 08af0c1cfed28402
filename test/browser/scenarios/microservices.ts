/** Microservices behind one API domain: a rule and an upstream each. */

import fastifyCors from "@fastify/cors";
import cors from "cors";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { cors as honoCors } from "hono/cors";
import { beforeAll, describe, expect, test } from "vitest";
import { fromFastify, fromHono } from "../../support/frameworks.ts";
import type { Field, Service } from "./field.ts";

const API = "api.cloud.localhost";
const CONSOLE = "console.cloud.localhost";
const ACCOUNTING = "accounting.cloud.localhost";
const STRANGER = "stranger.localhost";
/** Nobody listens on this port. */
const DOWN = "http://localhost:1";

/** Registers the tests of one hostname whose paths belong to different services. */
export function microservices(field: Field): void {
  describe("microservices behind one API domain", () => {
    let users: Service;
    let billing: Service;
    let search: Service;

    beforeAll(async () => {
      users = await field.serve(startUsers());
      billing = await field.serve(await startBilling());
      search = await field.serve(startSearch());
      const console = `http://${CONSOLE}:*`;
      field.putPolicy(API, {
        rules: [
          {
            name: "users",
            paths: ["/users/*"],
            allowOrigins: [console],
            allowMethods: ["GET", "PATCH"],
            upstream: `${users.at("localhost")}/internal/v2`,
          },
          {
            name: "billing",
            paths: ["/billing/*"],
            allowOrigins: [`http://${ACCOUNTING}:*`],
            upstream: billing.at("localhost"),
          },
          { name: "search", paths: ["/search"], allowOrigins: ["*"], upstream: search.at("localhost") },
          { name: "reports", paths: ["/reports/*"], allowOrigins: [console], upstream: DOWN },
        ],
      });
    });

    /** What a page at a host says, and what reached the services meanwhile. */
    async function visit(host: string) {
      const services = { users, billing, search };
      const before = Object.values(services).map(({ arrivals }) => arrivals.length);
      const said = await field.visit(host, "console.html", { api: field.gateway(API) });
      const reached = Object.entries(services).flatMap(([name, { arrivals }], index) =>
        arrivals.slice(before[index]).map(({ method, path }) => `${name}: ${method} ${path}`),
      );
      return { said, reached: reached.sort() };
    }

    test("the console uses its services, sees which one is down, and is kept from billing", async () => {
      expect(await visit(CONSOLE)).toEqual({
        said: { user: "200 user 7", rename: "200 renamed", search: "200 found", invoice: "TypeError", report: "502" },
        reached: [
          "search: GET /search?q=teapot",
          "users: GET /internal/v2/users/7",
          "users: PATCH /internal/v2/users/7",
        ],
      });
    });

    test("accounting is let to billing, and to the search that is for everybody", async () => {
      expect(await visit(ACCOUNTING)).toEqual({
        said: {
          user: "TypeError",
          rename: "TypeError",
          search: "200 found",
          invoice: "200 invoice 1",
          report: "TypeError",
        },
        reached: ["billing: GET /billing/invoices/1", "search: GET /search?q=teapot"],
      });
    });

    test("a stranger is let to the search alone", async () => {
      const { reached } = await visit(STRANGER);
      expect(reached).toEqual(["search: GET /search?q=teapot"]);
    });

    test("by themselves one service lets a stranger in, and another locks the console out", async () => {
      const invoice = await field.visit(STRANGER, "console.html", { api: billing.at(API) });
      const found = await field.visit(CONSOLE, "console.html", { api: search.at(API) });
      expect([invoice.invoice, found.search]).toEqual(["200 invoice 1", "TypeError"]);
    });
  });
}

/** Its allow-list ends with a slash, which no origin does. */
function startUsers() {
  return express()
    .use(cors({ origin: [`http://${CONSOLE}/`] }))
    .get("/internal/v2/users/7", (_, response) => void response.send("user 7"))
    .patch("/internal/v2/users/7", (_, response) => void response.send("renamed"));
}

/** Its pattern is not anchored: any origin with the word in it will do, and so will any at all by the empty branch. */
function startBilling() {
  const app = fastify();
  app.register(fastifyCors, { origin: /accounting|/ });
  app.get("/billing/invoices/:id", () => "invoice 1");
  return fromFastify(app);
}

/** It was set up for the one page that existed then. */
function startSearch() {
  const app = new Hono();
  app.use(honoCors({ origin: "https://www.example.com" }));
  app.get("/search", (context) => context.text("found"));
  return fromHono(app);
}
