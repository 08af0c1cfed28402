/** What starts a gateway for tests leaves nothing behind, whatever becomes of workerd. */

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, inject, it } from "vitest";
import { startWorkerd } from "../support/workerd.ts";

/** How many servers of this process listen. */
function countServers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "TCPServerWrap").length;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it("a gateway that does not start leaves no file and no server", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-"));
  try {
    const script = join(folder, "index.js");
    await writeFile(script, "This is no JavaScript.");
    const before = countServers();
    await expect(startWorkerd(script)).rejects.toThrow("workerd did not start");
    expect(await readdir(folder)).toEqual(["index.js"]);
    expect(countServers()).toBe(before);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("a gateway whose process is gone already can be stopped", async () => {
  const gateway = await startWorkerd(inject("workerScript"));
  process.kill(gateway.pid, "SIGKILL");
  while (isAlive(gateway.pid)) await sleep(5);
  await gateway.stop();
});

it("what a Worker throws is told from what workerd says of an upstream", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-"));
  const script = join(folder, "index.js");
  await writeFile(
    script,
    `export default {
      async fetch(request) {
        if (request.url.endsWith("/throws")) throw new TypeError("from the Worker");
        return fetch("https://no.such.host.invalid").catch(() => new Response("caught"));
      },
    };`,
  );
  const gateway = await startWorkerd(script);
  try {
    await gateway.send({ host: "api.test", target: "/upstream" });
    await expect.poll(() => gateway.noise.join()).toContain("failed to lookup address");
    expect(gateway.exceptions()).toEqual([]);
    await gateway.send({ host: "api.test", target: "/throws" });
    await expect.poll(() => gateway.exceptions().join()).toContain("TypeError: from the Worker");
  } finally {
    await gateway.stop();
    await rm(folder, { recursive: true });
  }
});
