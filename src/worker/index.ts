/** The Worker's entry: what requests share, and one way for all of them. */

import type { StoreSurroundings } from "./document-store.ts";
import { CachedLastGood } from "./last-good.ts";
import { Lists } from "./lists.ts";
import { createLog, limitRate } from "./log.ts";
import { errorResponse, type Gateway, respond } from "./pipeline.ts";
import { Policies } from "./policies.ts";
import { RateLimits } from "./rate-limits.ts";
import { type Env, readSettings } from "./settings.ts";
import { readDocuments } from "./stored-document.ts";
import { UpstreamClient } from "./upstream.ts";

/** Of each kind that a stranger can cause: denials, and faults of an upstream that come and go. */
const LINES_PER_SECOND = 10;
/** A shard never changes; its key is the hash of its text. */
const SHARD_CACHE_SECONDS = 86_400;
/** KV keeps "no such key" as long as a value: where a manifest overtook its shards, that must not be a day. */
const ABSENT_SHARD_CACHE_SECONDS = 30;

let gateway: Gateway | undefined;

function createGateway(env: Env): Gateway {
  const log = createLog(Date.now, (line) => console.log(line));
  const settings = readSettings(env, (fault) => log({ event: "setting-invalid", ...fault }));
  const readShard = (key: string, cacheTtl: number) => env.POLICIES.get(key, { type: "text", cacheTtl });
  const surroundings: StoreSurroundings = {
    times: settings.times,
    read: (keys) => readDocuments(env.POLICIES, keys),
    lastGood: new CachedLastGood(() => caches.open("cors-gateway"), Date.now, log),
    now: Date.now,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    log,
  };
  return {
    settings,
    policies: new Policies(surroundings),
    lists: new Lists(
      surroundings,
      async (key) => (await readShard(key, SHARD_CACHE_SECONDS)) ?? readShard(key, ABSENT_SHARD_CACHE_SECONDS),
    ),
    rateLimits: new RateLimits(env, log),
    upstreams: new UpstreamClient(limitRate(log, LINES_PER_SECOND, Date.now)),
    log,
    logDenial: limitRate(log, LINES_PER_SECOND, Date.now),
  };
}

export default {
  fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    gateway ??= createGateway(env);
    const { log } = gateway;
    const requestContext = { waitUntil: (done: Promise<void>) => context.waitUntil(done), hasWaited: false };
    return respond(request, gateway, requestContext).catch((error) => errorResponse(error, log));
  },
  /** CONNECT asks for a tunnel; without this handler plain workerd would report an uncaught error. */
  connect: (socket: Socket) => socket.close(),
};
