/** W3C WebDriver by plain HTTP: a driver program with one session, which is one browser. */

import { spawn } from "node:child_process";
import { endProcess, freePort, untilAnswering } from "../support/servers.ts";

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
  const port = await freePort();
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
    await untilAnswering(driver, `http://127.0.0.1:${port}/status`);
    const session = (await send("POST", "/session", { capabilities: { alwaysMatch: capabilities } })) as {
      sessionId: string;
      capabilities: WebDriverSession["capabilities"];
    };
    const base = `/session/${session.sessionId}`;
    return {
      capabilities: session.capabilities,
      command: (method, path, body) => send(method, base + path, body),
      close: async () => {
        try {
          await send("DELETE", base);
        } finally {
          await endProcess(driver);
        }
      },
    };
  } catch (error) {
    await endProcess(driver);
    throw error;
  }
}
