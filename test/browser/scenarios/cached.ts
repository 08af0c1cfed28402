/** An answer to one user that lies in the browser's cache, and a page that asks for the same without being anybody. */

import cors from "cors";
import express from "express";
import { beforeAll, describe, expect, test } from "vitest";
import { type Field, follow, type Service, said } from "./field.ts";

const DOMAIN = "people.localhost";
const PAGE = `app.${DOMAIN}`;
const PROFILES = `profiles.${DOMAIN}`;

/** Plays it. */
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
      const tab = await field.open(`${profiles.at(PROFILES)}/login`);
      await follow(tab, field.page(PAGE, "profile.html", { profiles: api }));
      return said(tab);
    }

    test("a page does not get what the browser keeps of its user", async () => {
      expect(await readAfterLoad(field.gateway(PROFILES))).toEqual({ load: "opaque", read: "nobody" });
      expect(profiles.arrivals.slice(-2).map(({ cookie }) => cookie)).toEqual(["session=7", undefined]);
    });

    test("by itself the server's `*` hands it out", async () => {
      expect(await readAfterLoad(profiles.at(PROFILES))).toEqual({ load: "opaque", read: "user 7" });
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
