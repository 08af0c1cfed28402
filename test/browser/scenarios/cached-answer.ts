/** An answer to one user that lies in the browser's cache, and a page that asks for the same without being anybody. */

import cors from "cors";
import express from "express";
import { beforeAll, describe, expect, test } from "vitest";
import type { Field, Service } from "./field.ts";

const DOMAIN = "people.localhost";
const PAGE = `app.${DOMAIN}`;
const PROFILES = `profiles.${DOMAIN}`;

/** Registers the tests of an answer that the browser's cache could hand to the wrong page. */
export function cachedAnswer(field: Field): void {
  describe("a cached answer under a `*` rule", () => {
    let profiles: Service;

    beforeAll(async () => {
      profiles = await field.serve(startProfiles());
      field.putPolicy(PROFILES, {
        upstream: profiles.at("localhost"),
        rules: [
          { name: "profiles", allowOrigins: ["*"], allowMethods: ["GET", "POST"], allowHeaders: ["content-type"] },
        ],
      });
    });

    async function readAfterLoad(api: string) {
      // The cookie is set by a page of the server's own.
      await field.go(`${profiles.at(PROFILES)}/login`);
      return field.visit(PAGE, "profile.html", { profiles: api });
    }

    test("a page does not get what the browser keeps of its user", async () => {
      expect(await readAfterLoad(field.gateway(PROFILES))).toEqual({ load: "opaque", read: "nobody" });
      expect(profiles.arrivals.slice(-2).map(({ cookie }) => cookie)).toEqual(["session=7", undefined]);
    });

    // Firefox keeps what it loaded with cookies apart, and WebKit keeps nothing while it is driven by a test.
    test("by itself the server's `*` hands it out, at least in Chromium", async () => {
      const read = field.browser === "Chromium" ? "user 7" : "nobody";
      expect(await readAfterLoad(profiles.at(PROFILES))).toEqual({ load: "opaque", read });
    });
  });
}

/** It says `*` on every answer, and that a browser may keep it. */
function startProfiles() {
  return express()
    .use(cors())
    .get("/login", (_, response) => {
      response.cookie("session", "7", { domain: DOMAIN, httpOnly: true }).type("html").send("<title>Hello</title>");
    })
    .get("/me", ({ headers: { cookie } }, response) => {
      response.set("cache-control", "private, max-age=600").send(cookie === "session=7" ? "user 7" : "nobody");
    });
}
