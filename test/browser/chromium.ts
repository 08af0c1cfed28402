/** Chromium, by puppeteer. */

import { launch } from "puppeteer-core";
import type { BrowserKind, Tab } from "./browsers.ts";

const FLAGS = [
  // In a container there is no user to protect from the page, and often no right to make a sandbox.
  "--no-sandbox",
  "--disable-gpu",
  // Nothing that could ask the network while a test counts requests.
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const executable = process.env.CHROMIUM || "/usr/bin/chromium";

export const chromium: BrowserKind = {
  name: "Chromium",
  executable,
  installation:
    "apt-get install -y --no-install-recommends chromium, or give another executable in the variable CHROMIUM",
  async start() {
    const browser = await launch({ executablePath: executable, args: FLAGS });
    return {
      async open(url): Promise<Tab> {
        const context = await browser.createBrowserContext();
        const page = await context.newPage();
        const console: string[] = [];
        page.on("console", (message) => console.push(message.text()));
        page.on("pageerror", (error) => console.push(`uncaught ${error}`));
        await page.goto(url);
        return {
          run: (script, ...values) => page.evaluate(script as never, ...values),
          console,
          screenshot: async (file) => {
            await page.screenshot({ path: file as `${string}.png`, fullPage: true });
          },
          close: () => context.close(),
        };
      },
      close: () => browser.close(),
    };
  },
};
