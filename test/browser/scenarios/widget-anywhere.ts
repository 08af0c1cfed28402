/** A widget that any site may embed: a rule with `*`, and no cookies. */

import { readFile } from "node:fs/promises";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { beforeAll, describe, expect, test } from "vitest";
import { fromHono } from "../../support/frameworks.ts";
import type { Field, Service } from "./field.ts";

const WIDGET = "widget.stars.localhost";
const SITES = ["blog.localhost", "news.localhost", "127.0.0.1"];

/** Registers the tests of a widget on sites that nobody has listed. */
export function widgetAnywhere(field: Field): void {
  describe("a widget embedded on any site", () => {
    let widget: Service;

    beforeAll(async () => {
      widget = await field.serve(startWidget());
      field.putPolicy(WIDGET, {
        upstream: widget.at("localhost"),
        rules: [
          {
            name: "widget",
            allowOrigins: ["*"],
            allowMethods: ["GET", "POST"],
            allowHeaders: ["content-type"],
            exposeHeaders: ["etag"],
          },
        ],
      });
    });

    test.each(SITES)("on %s the widget loads, reads and writes, and nobody does so with credentials", async (site) => {
      expect(await field.visit(site, "widget.html", { widget: field.gateway(WIDGET) })).toEqual({
        theme: 'blue, "1"',
        vote: "201",
        personal: "TypeError",
      });
    });

    test("by itself its server locks out every site but one", async () => {
      expect(await field.visit("blog.localhost", "widget.html", { widget: widget.at(WIDGET) })).toEqual({
        theme: "TypeError",
        vote: "TypeError",
        personal: "TypeError",
      });
    });
  });
}

/** It knows its first customer alone. */
function startWidget() {
  const app = new Hono();
  app.use(cors({ origin: "https://first-customer.example" }));
  app.get("/widget.js", async (context) =>
    context.body(await readFile(new URL("pages/widget.js", import.meta.url)), 200, {
      "content-type": "text/javascript",
    }),
  );
  app.get("/theme", (context) => context.text("blue", 200, { etag: '"1"' }));
  app.post("/votes", (context) => context.body(null, 201));
  return fromHono(app);
}
