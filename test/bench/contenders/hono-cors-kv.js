/** Hono's cors() with the allow-list read from KV on every request. */

import { createApp } from "./hono-app.js";

export default createApp(async ({ env }) => new Set(await env.POLICIES.get("allowed-origins", { type: "json" })));
