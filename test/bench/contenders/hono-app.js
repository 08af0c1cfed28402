/** The gateway's job by hand: Hono's cors() and proxy() helper, as their documentation shows them. */

import { Hono } from "hono";
import { cors } from "hono/cors";
import { proxy } from "hono/proxy";

/** @param readAllowed gives the set of allowed origins, from a request's context */
export function createApp(readAllowed) {
  const app = new Hono();
  app.use(
    "/v1/*",
    cors({
      origin: async (origin, c) => ((await readAllowed(c)).has(origin) ? origin : null),
      allowMethods: ["GET", "PUT", "DELETE"],
      allowHeaders: ["authorization", "content-type"],
      exposeHeaders: ["etag"],
      credentials: true,
      maxAge: 7200,
    }),
  );
  app.all("*", (c) => {
    const { pathname, search, host } = new URL(c.req.url);
    return proxy(c.env.UPSTREAM + pathname + search, {
      ...c.req,
      headers: { ...c.req.header(), "x-forwarded-host": host, "x-forwarded-proto": "http" },
    });
  });
  return app;
}
