/** A form that a site posts to itself. Under `no-referrer` a browser calls even that origin `null`. */

import { fileURLToPath } from "node:url";
import express from "express";
import { beforeAll, describe, expect, test } from "vitest";
import type { Field, Service } from "./field.ts";

const SITE = "www.orders.localhost";
const PAGE = fileURLToPath(new URL("pages/form.html", import.meta.url));

/** Registers the tests of a form that is posted to its own site, and to it from another. */
export function ownForm(field: Field): void {
  describe("a form POST under Referrer-Policy: no-referrer", () => {
    let site: Service;

    beforeAll(async () => {
      site = await field.serve(startSite());
      field.putPolicy(SITE, {
        upstream: site.at("localhost"),
        rules: [{ name: "site", allowOrigins: ["https://partner.example"], allowMethods: ["GET", "POST"] }],
      });
    });

    /** Sends the form of a page at some host to the site. */
    async function order(host: string) {
      await field.go(`${host}/order`);
      await field.tab.run(
        (target: string) => {
          const form = document.forms[0] as HTMLFormElement;
          form.action = target;
          setTimeout(() => form.submit());
        },
        `${field.gateway(SITE)}/order`,
      );
      await expect.poll(() => field.tab.run(() => location.href)).toBe(`${field.gateway(SITE)}/order`);
    }
    const posts = () => site.arrivals.filter(({ method }) => method === "POST");

    test("the site's own form arrives, though its Origin is `null`", async () => {
      await order(field.gateway(SITE));
      expect(posts()).toMatchObject([{ path: "/order", origin: "null" }]);
    });

    test("the same form on a hostile page does not", async () => {
      const before = posts().length;
      const denied = field.denials(SITE).length;
      await order(site.at("hostile.localhost"));
      const denials = () => field.denials(SITE).slice(denied);
      await expect.poll(denials).toMatchObject([{ method: "POST", reason: "origin-opaque" }]);
      expect(posts()).toHaveLength(before);
    });
  });
}

function startSite() {
  return express()
    .use((_, response, next) => {
      response.set("referrer-policy", "no-referrer");
      next();
    })
    .get("/order", (_, response) => response.sendFile(PAGE))
    .post("/order", (_, response) => void response.send("ordered"));
}
