/** A sandboxed frame, whose `Origin` is `null`: anybody's, so it is nobody's. */

import cors from "cors";
import express from "express";
import { beforeAll, describe, expect, test } from "vitest";
import type { Field, Service } from "./field.ts";

const API = "api.frames.localhost";
const PAGE = "app.frames.localhost";

/** Registers the tests of a frame without an origin of its own. */
export function sandboxedFrame(field: Field): void {
  describe("a sandboxed iframe", () => {
    let api: Service;

    beforeAll(async () => {
      api = await field.serve(startApi());
      field.putPolicy(API, {
        upstream: api.at("localhost"),
        rules: [
          { name: "icons", paths: ["/icons"], allowOrigins: ["*"] },
          {
            name: "previews",
            paths: ["/previews"],
            allowOrigins: ["null", `http://${PAGE}:*`],
            dangerouslyAllow: ["null-origin"],
          },
          { name: "orders", paths: ["/orders"], allowOrigins: [`http://${PAGE}:*`], allowCredentials: true },
        ],
      });
    });

    test("it reads what `null` and `*` allow, and not what the page around it may", async () => {
      const before = api.arrivals.length;
      expect(await field.visit(PAGE, "sandbox.html", { api: field.gateway(API) })).toEqual({
        orders: "TypeError",
        previews: "null reads previews",
        icons: "null reads icons",
      });
      const reached = api.arrivals.slice(before).map(({ path, origin }) => `${path} from ${origin}`);
      expect(reached.sort()).toEqual(["/icons from null", "/previews from null"]);
    });

    test("by itself the API lets it read the orders", async () => {
      expect(await field.visit(PAGE, "sandbox.html", { api: api.at(API) })).toMatchObject({
        orders: "null reads orders",
      });
    });
  });
}

/** It reflects every origin, and `null` is one. */
function startApi() {
  return express()
    .use(cors({ origin: true, credentials: true }))
    .get("/:name", (request, response) => void response.send(request.params.name));
}
