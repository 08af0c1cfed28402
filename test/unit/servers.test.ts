import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { endProcess, freePort, untilAnswering } from "../support/servers.ts";

const WAITING = "setInterval(() => {}, 1e6)";

function run(script: string) {
  return spawn(process.execPath, ["-e", script], { stdio: "ignore" });
}

it("a process that runs is ended by the signal that is asked for", async () => {
  const child = run(WAITING);
  await endProcess(child, "SIGKILL");
  expect(child.signalCode).toBe("SIGKILL");
});

it("ending a process that has ended already does not wait for it", async () => {
  const child = run("");
  await once(child, "exit");
  await endProcess(child);
  expect(child.exitCode).toBe(0);
});

it("ending a process that could not be started does not wait for it", async () => {
  const child = spawn("/there/is/no/such/program");
  await once(child, "error");
  await endProcess(child);
});

it("waiting for an answer ends with the first one, whatever its status is", async () => {
  const port = await freePort();
  const child = run(`require("http").createServer((_, r) => r.writeHead(404).end()).listen(${port}, "127.0.0.1")`);
  await untilAnswering(child, `http://127.0.0.1:${port}/`);
  await endProcess(child);
});

it.each([
  ["ends", "process.exit(3)", "ended with 3"],
  ["is killed", "process.kill(process.pid, 'SIGKILL')", "ended with SIGKILL"],
])("waiting for an answer fails where the process %s before", async (_, script, message) => {
  await expect(untilAnswering(run(script), `http://127.0.0.1:${await freePort()}/`)).rejects.toThrow(message);
});
