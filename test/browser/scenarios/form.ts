/** A form that a site posts to itself. Under `no-referrer` a browser calls even that origin `null`. */

import { fileURLToPath } from "node:url";
import express from "express";
import { beforeAll, describe, expect, test } from "vitest";
import { type Field, PATIENCE, type Service } from "./field.ts";

const SITE = "www.orders.localhost";
const PAGE = fileURLToPath(new URL("form.html", import.meta.url));

/** Plays it. */
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

    /** Sends the form of a page at some host to the site, and returns what the next page shows. */
    async function order(host: string) {
      const tab = await field.open(`${host}/order`);
      await tab.run(
        (target: string) => {
          const form = document.forms[0] as HTMLFormElement;
          form.action = target;
          setTimeout(() => form.submit());
        },
        `${field.gateway(SITE)}/order`,
      );
      const title = () => tab.run(() => document.title || document.body.textContent);
      await expect.poll(title, PATIENCE).not.toBe("An order by form");
      return title();
    }

    test("the site's own form arrives, though its Origin is `null`", async () => {
      expect(await order(field.gateway(SITE))).toBe("ordered");
      expect(site.arrivals.at(-1)).toMatchObject({ method: "POST", path: "/order", origin: "null" });
    });

    test("the same form on a hostile page does not", async () => {
      const posts = () => site.arrivals.filter(({ method }) => method === "POST");
      const before = posts().length;
      expect(await order(site.at("hostile.localhost"))).toContain("origin-opaque");
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
