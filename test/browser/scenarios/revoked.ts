/** The same page before and after its origin was removed from KV. */

import { Hono } from "hono";
import { cors } from "hono/cors";
import { beforeAll, describe, expect, test } from "vitest";
import { type Field, PATIENCE, type Service, said } from "./field.ts";
import { fromHono } from "./frameworks.ts";

const PAGE = "former.notes.localhost";
const API = "api.notes.localhost";

/** Plays it. */
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
      const tab = await field.open(field.page(PAGE, "notes.html", { notes: field.gateway(API) }));
      expect(await said(tab)).toEqual({ read: "200 Buy tea.", write: "200 saved" });

      allow("https://other.example");
      const runAgain = async () => {
        await tab.run(() => document.querySelector("button")?.click());
        return said(tab);
      };
      await expect.poll(runAgain, PATIENCE).toEqual({ read: "TypeError", write: "TypeError" });

      const before = notes.arrivals.length;
      const denied = field.denials(API).length;
      expect(await runAgain()).toEqual({ read: "TypeError", write: "TypeError" });
      expect(notes.arrivals).toHaveLength(before);
      const classes = () =>
        field
          .denials(API)
          .slice(denied)
          .map(({ class: name, method }) => `${name} ${method}`);
      await expect.poll(() => classes().sort(), PATIENCE).toEqual(["actual GET", "actual PUT"]);
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
  app.put("/notes/:id", (context) => context.text("saved"));
  return fromHono(app);
}
