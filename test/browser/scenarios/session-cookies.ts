/** A session cookie of one server, for the API of another; some of the API is for everybody, and wants no cookies. */

import cors from "cors";
import express from "express";
import { Hono } from "hono";
import { cors as honoCors } from "hono/cors";
import { beforeAll, describe, expect, test } from "vitest";
import { fromHono } from "../../support/frameworks.ts";
import type { Field, Service } from "./field.ts";

const DOMAIN = "bank.localhost";
const BANK = `app.${DOMAIN}`;
const AUTH = `auth.${DOMAIN}`;
const ACCOUNTS = `accounts.${DOMAIN}`;
// Of the same site, as a forgotten or taken-over subdomain is: every browser sends it the cookie along.
const HOSTILE = `old.${DOMAIN}`;

/** Registers the tests of an API that knows its users by the cookie of another server. */
export function sessionCookies(field: Field): void {
  describe("session cookies from a separate auth server", () => {
    let auth: Service;
    let accounts: Service;

    beforeAll(async () => {
      auth = await field.serve(startAuth());
      accounts = await field.serve(startAccounts());
      const allowOrigins = [`http://${BANK}:*`];
      field.putPolicy(AUTH, {
        upstream: auth.at("localhost"),
        rules: [
          {
            name: "login",
            allowOrigins,
            allowMethods: ["POST"],
            allowHeaders: ["content-type"],
            allowCredentials: true,
          },
        ],
      });
      field.putPolicy(ACCOUNTS, {
        upstream: accounts.at("localhost"),
        rules: [
          { name: "news", paths: ["/news"], allowOrigins },
          { name: "accounts", allowOrigins, allowCredentials: true },
        ],
      });
    });

    const logIn = async () =>
      expect(await field.visit(BANK, "login.html", { auth: field.gateway(AUTH) })).toEqual({ login: "200" });
    const readAccount = (host: string, api: string) => field.visit(host, "account.html", { accounts: api });

    test("the app reads as the user with credentials, as nobody without, and gets no cookie past a rule that allows none", async () => {
      await logIn();
      const before = accounts.arrivals.length;
      expect(await readAccount(BANK, field.gateway(ACCOUNTS))).toEqual({
        me: "200 user 7",
        anonymous: "401 nobody",
        "personal-news": "TypeError",
        news: "200 news for nobody",
      });
      const cookies = accounts.arrivals
        .slice(before)
        .map(({ path, cookie }) => `${path} ${cookie ?? "without a cookie"}`);
      expect(cookies.sort()).toEqual([
        "/me session=7",
        "/me without a cookie",
        "/news without a cookie",
        "/news without a cookie",
      ]);
    });

    test("a hostile page reads nothing, though the browser sends it the cookie along, and nothing reaches the API", async () => {
      await logIn();
      const before = accounts.arrivals.length;
      expect(await readAccount(HOSTILE, field.gateway(ACCOUNTS))).toEqual({
        me: "TypeError",
        anonymous: "TypeError",
        "personal-news": "TypeError",
        news: "TypeError",
      });
      expect(accounts.arrivals).toHaveLength(before);
    });

    test("by itself the API lets a hostile page read as the user, and gets the cookie where it wants none", async () => {
      await logIn();
      const before = accounts.arrivals.length;
      expect(await readAccount(HOSTILE, accounts.at(ACCOUNTS))).toMatchObject({
        me: "200 user 7",
        "personal-news": "TypeError",
      });
      expect(accounts.arrivals.slice(before)).toContainEqual(
        expect.objectContaining({ path: "/news", cookie: "session=7" }),
      );
    });
  });
}

/** It lets every page on the web log in. */
function startAuth() {
  return express()
    .use(cors({ origin: true, credentials: true }))
    .post("/login", (_, response) => {
      response.cookie("session", "7", { domain: DOMAIN, httpOnly: true, sameSite: "lax" }).end();
    });
}

/** It reflects every origin where credentials are at stake, and says `*` where a browser then refuses. */
function startAccounts() {
  const app = new Hono();
  const userOf = (cookie = "") => (cookie.includes("session=7") ? "user 7" : "nobody");
  app.use("/me", honoCors({ origin: (origin) => origin, credentials: true }));
  app.use("/news", honoCors({ origin: "*", credentials: true }));
  app.get("/me", (context) => {
    const user = userOf(context.req.header("cookie"));
    return context.text(user, user === "nobody" ? 401 : 200);
  });
  app.get("/news", (context) => context.text(`news for ${userOf(context.req.header("cookie"))}`));
  return fromHono(app);
}
