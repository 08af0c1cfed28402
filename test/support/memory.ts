/** How much memory workerd and its isolate take. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { WebSocket } from "ws";

/** Resident memory of a process. */
export function residentMiB(pid: number): number {
  const [, kib = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

/** The isolate's heap, by V8's inspector: what is in use, and what is taken for it. */
export interface HeapMiB {
  readonly used: number;
  readonly total: number;
}

/** Asks workerd's inspector for the heap of its only Worker. */
export async function readHeapMiB(inspectorPort: number): Promise<HeapMiB> {
  const socket = new WebSocket(`ws://127.0.0.1:${inspectorPort}/main`);
  try {
    await once(socket, "open", { signal: AbortSignal.timeout(10_000) });
    const answer = once(socket, "message", { signal: AbortSignal.timeout(10_000) });
    socket.send(JSON.stringify({ id: 1, method: "Runtime.getHeapUsage" }));
    const [data] = (await answer) as [Buffer];
    const { result } = JSON.parse(String(data)) as { result: { usedSize: number; totalSize: number } };
    return { used: result.usedSize / 1024 ** 2, total: result.totalSize / 1024 ** 2 };
  } finally {
    socket.close();
  }
}
