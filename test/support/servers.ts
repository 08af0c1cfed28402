/** Servers on loopback, in this process and in others: started, waited for and ended. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Starts a server on a free port of loopback. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** Closes a server and every connection to it. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A port that is free at this moment, for a program that does not say which one it took. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await closeServer(server);
  return port;
}

/**
 * Waits until a process answers HTTP, whatever it answers.
 * @throws Error where the process ends before
 */
export async function untilAnswering(child: ChildProcess, url: string): Promise<void> {
  while (!(await isAnswering(url))) {
    if (isGone(child)) throw new Error(`${child.spawnfile} ended with ${child.signalCode ?? child.exitCode}`);
    await sleep(20);
  }
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).body?.cancel();
    return true;
  } catch {
    // It has not opened its port yet.
    return false;
  }
}

/** Ends a process, where it has not ended already, and waits until it is gone. */
export async function endProcess(child: ChildProcess, signal?: NodeJS.Signals): Promise<void> {
  if (isGone(child)) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

/** Of a process that is gone already, or was never there, no event tells any more. */
function isGone({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}
