import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBare, startExpress, startGateway, startHono, startNginxCors, startUpstream } from "./contenders.ts";
import { measure } from "./measure.ts";
import { stepAside } from "./processes.ts";

stepAside();
const folder = await mkdtemp(join(tmpdir(), "cors-gateway-bench-"));
const upstream = await startUpstream(folder, [0]);
const url = `http://127.0.0.1:${upstream.port}`;
const rounds = Number(process.argv[2] ?? 15);
const all = process.argv[3] === "all";
const contenders = [
  await startBare("bare", folder, url),
  await startBare("bare2", folder, url),
  await startGateway("gateway", folder, url),
  await startHono("hono", "test/bench/contenders/hono-cors.js", folder, url),
  ...(all
    ? [
        await startHono("hono-kv", "test/bench/contenders/hono-cors-kv.js", folder, url),
        await startNginxCors("nginx", folder, url),
        await startExpress("express", url),
      ]
    : []),
];
const preflight = {
  method: "OPTIONS",
  headers: {
    origin: "https://app.example.com",
    "access-control-request-method": "PUT",
    "access-control-request-headers": "authorization,content-type",
  },
  target: "/v1/orders/7",
};
const actual = {
  method: "GET",
  headers: { origin: "https://app.example.com", authorization: "Bearer x" },
  target: "/v1/orders/7",
};
for (const [load, status, n] of [
  [preflight, all ? "2xx" : "2xx", 4000],
  [actual, "2xx", 2000],
] as const) {
  const costs = await measure(contenders, { load, status, requestsPerRound: n, rounds });
  const base = costs[0]?.microsecondsPerRequest ?? 1;
  for (const c of costs)
    console.log(
      load.method.padEnd(8),
      c.name.padEnd(10),
      c.microsecondsPerRequest.toFixed(1).padStart(8),
      (c.microsecondsPerRequest / base).toFixed(3),
      Math.round(c.requestsPerSecond),
    );
}
for (const c of [...contenders, upstream]) await c.stop();
process.exit(0);
