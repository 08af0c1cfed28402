/** A single-page app on several APIs, each of another team, framework and mistake. */

import fastifyCors from "@fastify/cors";
import cors from "cors";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { cors as honoCors } from "hono/cors";
import { beforeAll, describe, expect, test } from "vitest";
import { fromFastify, fromHono } from "../../support/frameworks.ts";
import type { Field, Service } from "./field.ts";

const SHOP = "app.shop.localhost";
const HOSTILE = "hostile.localhost";
const CATALOG = "catalog.shop.localhost";
const ORDERS = "orders.shop.localhost";
const REVIEWS = "reviews.shop.localhost";

const NOTHING_READ = { catalog: "TypeError", order: "TypeError", history: "TypeError", review: "TypeError" };

/** Registers the tests of an app that calls three APIs, each at its own hostname. */
export function singlePageApp(field: Field): void {
  describe("a single-page app on several APIs", () => {
    let catalog: Service;
    let orders: Service;
    let reviews: Service;

    beforeAll(async () => {
      catalog = await field.serve(startCatalog());
      orders = await field.serve(await startOrders());
      reviews = await field.serve(startReviews());
      const allowOrigins = [`http://${SHOP}:*`];
      field.putPolicy(CATALOG, {
        upstream: catalog.at("localhost"),
        rules: [{ name: "catalog", allowOrigins }],
      });
      field.putPolicy(ORDERS, {
        upstream: orders.at("localhost"),
        rules: [
          {
            name: "orders",
            allowOrigins,
            allowMethods: ["GET", "PUT"],
            allowHeaders: ["authorization", "content-type"],
          },
        ],
      });
      field.putPolicy(REVIEWS, {
        upstream: reviews.at("localhost"),
        rules: [{ name: "reviews", allowOrigins, allowMethods: ["GET", "PATCH"] }],
      });
    });

    const throughGateway = () => ({
      catalog: field.gateway(CATALOG),
      orders: field.gateway(ORDERS),
      reviews: field.gateway(REVIEWS),
    });
    const past = () => ({ catalog: catalog.at(CATALOG), orders: orders.at(ORDERS), reviews: reviews.at(REVIEWS) });
    const arrivals = () => [catalog, orders, reviews].flatMap((api) => api.arrivals.map(({ method }) => method));

    test("the app uses every API, and no preflight reaches one", async () => {
      const before = arrivals().length;
      expect(await field.visit(SHOP, "shop.html", throughGateway())).toEqual({
        catalog: "2 products",
        order: "200 saved",
        history: "200 user 7: 1 order",
        review: "200 thank you",
      });
      expect(arrivals().slice(before)).not.toContain("OPTIONS");
    });

    test("a hostile page reads nothing, and nothing reaches an API", async () => {
      const before = arrivals();
      expect(await field.visit(HOSTILE, "shop.html", throughGateway())).toEqual(NOTHING_READ);
      expect(arrivals()).toEqual(before);
    });

    test("by themselves the APIs lock the app out, and let a hostile page read the orders", async () => {
      const app = await field.visit(SHOP, "shop.html", past());
      const hostile = await field.visit(HOSTILE, "shop.html", past());
      const alone = { ...NOTHING_READ, history: "200 user 7: 1 order" };
      expect({ app, hostile }).toEqual({ app: alone, hostile: alone });
    });
  });
}

/** Its allow-list was never told of the new shop. */
function startCatalog() {
  return express()
    .use(cors({ origin: "https://old-shop.example" }))
    .get("/products", (_, response) => void response.json(["Teapot", "Kettle"]));
}

/** It allows every origin, and of methods only those that its CORS plugin allows by default. */
function startOrders() {
  const app = fastify();
  app.register(fastifyCors, { origin: true, credentials: true });
  app.get("/orders", (request) =>
    request.headers.authorization === "Bearer token-of-user-7" ? "user 7: 1 order" : "nobody",
  );
  app.put("/orders/:id", () => "saved");
  return fromFastify(app);
}

/** It allows every origin to read, and forgot what pages write with. */
function startReviews() {
  const app = new Hono();
  app.use(honoCors({ origin: "*", allowMethods: ["GET"] }));
  app.patch("/reviews/:id", (context) => context.text("thank you"));
  return fromHono(app);
}
