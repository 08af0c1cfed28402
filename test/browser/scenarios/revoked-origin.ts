/** The same page before and after its origin was removed from KV. */

import { Hono } from "hono";
import { cors } from "hono/cors";
import { beforeAll, describe, expect, test } from "vitest";
import { fromHono } from "../../support/frameworks.ts";
import type { Field, Service } from "./field.ts";

const PAGE = "former.notes.localhost";
const API = "api.notes.localhost";

/** Registers the tests of a page that is open while its origin is taken out of the policy. */
export function revokedOrigin(field: Field): void {
  describe("an origin that was removed from KV", () => {
    let notes: Service;

    beforeAll(async () => {
      notes = await field.serve(startNotes());
    });

    function allow(...allowOrigins: string[]) {
      field.putPolicy(API, {
        upstream: notes.at("localhost"),
        rules: [{ name: "notes", allowOrigins, allowMethods: ["GET", "PUT"] }],
      });
    }

    test("the page that is open still loses its access, with the preflight's answer that its browser keeps", async () => {
      allow(`http://${PAGE}:*`, "https://other.example");
      expect(await field.visit(PAGE, "notes.html", { notes: field.gateway(API) })).toEqual({
        read: "200 Buy tea.",
        write: "200 saved",
      });

      allow("https://other.example");
      const runAgain = async () => {
        await field.tab.run(() => document.querySelector("button")?.click());
        return field.said();
      };
      await expect.poll(runAgain).toEqual({ read: "TypeError", write: "TypeError" });

      const before = notes.arrivals.length;
      expect(await runAgain()).toEqual({ read: "TypeError", write: "TypeError" });
      expect(notes.arrivals).toHaveLength(before);
      const firstDeniedWrite = () => field.denials(API).find(({ path }) => path === "/drafts/1");
      await expect.poll(firstDeniedWrite).toMatchObject({ class: "actual", method: "PUT" });
    });

    test("by itself the API would never have heard of it", async () => {
      expect(await field.visit(PAGE, "notes.html", { notes: notes.at(API) })).toEqual({
        read: "200 Buy tea.",
        write: "200 saved",
      });
    });
  });
}

/** Its list of origins is every origin. */
function startNotes() {
  const app = new Hono();
  app.use(cors());
  app.get("/notes/:id", (context) => context.text("Buy tea."));
  app.put("/drafts/:id", (context) => context.text("saved"));
  return fromHono(app);
}
