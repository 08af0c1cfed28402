/** A screen in memory, for a browser that has no headless mode. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { endProcess } from "../support/servers.ts";

/** The X server. Run by itself, it finds a free display; `xvfb-run -a` takes one twice when two start at once. */
export const XVFB = "/usr/bin/Xvfb";

/** A running X server. */
export interface VirtualDisplay {
  /** Value of the variable DISPLAY. */
  readonly name: string;
  close(): Promise<void>;
}

/** Starts an X server on a free display. */
export async function startVirtualDisplay(): Promise<VirtualDisplay> {
  const server = spawn(XVFB, ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  for await (const number of createInterface({ input: server.stdio[3] as NodeJS.ReadableStream })) {
    return { name: `:${number}`, close: () => endProcess(server) };
  }
  throw new Error(`${XVFB} did not start`);
}
