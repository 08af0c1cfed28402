/** W3C WebDriver by plain HTTP: a driver program with one session, which is one browser. */

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { closeServer, listen } from "../support/upstream.ts";
import { endProcess } from "./virtual-display.ts";

/** A session. */
export interface WebDriverSession {
  /** What the browser says of itself. */
  readonly capabilities: { readonly browserName: string; readonly browserVersion: string };
  /**
   * Sends a command of this session.
   * @throws Error with the driver's error code and message
   * @see https://www.w3.org/TR/webdriver2/#endpoints
   */
  command(method: "GET" | "POST", path: string, body?: object): Promise<unknown>;
  /** Ends the browser and the driver. */
  close(): Promise<void>;
}

/** Starts a driver on a free port, and a browser by it. */
export async function startSession(
  program: string,
  capabilities: object,
  env: Readonly<Record<string, string>>,
): Promise<WebDriverSession> {
  const port = await findFreePort();
  const driver = spawn(program, [`--port=${port}`], { env: { ...process.env, ...env }, stdio: "ignore" });
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
    });
    const { value } = (await response.json()) as { value: { error?: string; message?: string } | null };
    if (!response.ok) throw new Error(`${method} ${path}: ${value?.error}: ${value?.message}`);
    return value;
  };
  try {
    while (!(await isReady(port))) {
      if (driver.exitCode !== null) throw new Error(`${program} ended with ${driver.exitCode}`);
      await sleep(10);
    }
    const session = (await send("POST", "/session", { capabilities: { alwaysMatch: capabilities } })) as {
      sessionId: string;
      capabilities: WebDriverSession["capabilities"];
    };
    const base = `/session/${session.sessionId}`;
    return {
      capabilities: session.capabilities,
      command: (method, path, body) => send(method, base + path, body),
      close: async () => {
        await send("DELETE", base);
        await endProcess(driver);
      },
    };
  } catch (error) {
    await endProcess(driver);
    throw error;
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/status`)).ok;
  } catch {
    return false;
  }
}

/** The driver does not say which port it took, so one that is free at this moment. */
async function findFreePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await closeServer(server);
  return port;
}
