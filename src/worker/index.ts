/** The Worker's entry: a Hono app with one way through it. */

import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { createLog, limitRate } from "./log.ts";
import { errorResponse, type Gateway, respond } from "./pipeline.ts";
import { PolicyStore } from "./policy-store.ts";
import { readDocuments } from "./read-documents.ts";
import { type Env, readSettings } from "./settings.ts";
import { UpstreamClient } from "./upstream.ts";

const DENIALS_PER_SECOND = 10;

let gateway: Gateway | undefined;

function createGateway(env: Env): Gateway {
  const log = createLog(Date.now, (line) => console.log(line));
  const settings = readSettings(env, (fault) => log({ event: "setting-invalid", ...fault }));
  const policies = new PolicyStore({
    times: settings.times,
    read: (keys) => readDocuments(env.POLICIES, keys),
    now: Date.now,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    log,
  });
  const logDenial = limitRate(log, DENIALS_PER_SECOND, Date.now);
  return { settings, policies, upstreams: new UpstreamClient(log), log, logDenial };
}

async function serve(c: Context<{ Bindings: Env }>): Promise<Response> {
  gateway ??= createGateway(c.env);
  return respond(c.req.raw, gateway, (done) => c.executionCtx.waitUntil(done));
}

const app = new Hono<{ Bindings: Env }>();
app.all("*", serve);
// `OPTIONS *` has no path to match.
app.notFound(serve);
app.onError((error, c) => errorResponse(error, (gateway ?? createGateway(c.env)).log));

export default {
  fetch: app.fetch,
  /** CONNECT asks for a tunnel; without this handler plain workerd would report an uncaught error. */
  connect: (socket: Socket) => socket.close(),
};
