/** WebKit: the browser that WebKitGTK comes with, by WebDriver. */

import { writeFile } from "node:fs/promises";
import type { BrowserKind, Tab } from "./browsers.ts";
import { startVirtualDisplay, XVFB } from "./virtual-display.ts";
import { startSession, type WebDriverSession } from "./web-driver.ts";

const driver = process.env.WEBKIT_DRIVER || "/usr/bin/WebKitWebDriver";

const CAPABILITIES = {
  // Its cookie jar takes every name under localhost for a third party.
  "webkitgtk:browserOptions": { args: ["--automation", "--cookies-policy=always"] },
  // A test has a time limit of its own.
  timeouts: { script: 600_000 },
};

/** WebKit on a screen in memory. */
export const webkit: BrowserKind = {
  name: "WebKit",
  programs: [driver, XVFB],
  installation:
    "apt-get install -y --no-install-recommends webkit2gtk-driver xvfb, or give another driver in the variable WEBKIT_DRIVER",
  async start() {
    const display = await startVirtualDisplay();
    const openSession = () => {
      const session = startSession(driver, CAPABILITIES, { DISPLAY: display.name });
      // A failure is for the one who takes the session, if anyone does.
      session.catch(() => {});
      return session;
    };
    // A session under automation begins with nothing, and a driver has one session: so a tab is a driver of its own.
    // The next one starts ahead of time.
    let next = openSession();
    const { capabilities } = await next.catch(async (error) => {
      await display.close();
      throw error;
    });
    return {
      version: `${capabilities.browserName}/${capabilities.browserVersion}`,
      async open(url) {
        const session = await next;
        next = openSession();
        await session.command("POST", "/url", { url });
        return tabOf(session);
      },
      async close() {
        try {
          await (await next).close();
        } finally {
          await display.close();
        }
      },
    };
  },
};

function tabOf(session: WebDriverSession): Tab {
  return {
    async run<Arguments extends unknown[], Result>(
      script: (...values: Arguments) => Result | Promise<Result>,
      ...values: Arguments
    ) {
      const answer = await session.command("POST", "/execute/async", { script: wrap(script), args: values });
      const { value, error } = answer as { value: Result; error?: string };
      if (error !== undefined) throw new Error(error);
      return value;
    },
    console: undefined,
    screenshot: async (file) => {
      await writeFile(file, (await session.command("GET", "/screenshot")) as string, "base64");
    },
    close: () => session.close(),
  };
}

/** The body of a function whose last argument takes the result. */
function wrap(script: (...values: never) => unknown): string {
  return `const values = [...arguments], done = values.pop();
    (async () => (${script})(...values))().then(
      (value) => done({ value }),
      (error) => done({ error: String(error) }),
    );`;
}
