/** A browser that puppeteer drives. */

import { type LaunchOptions, launch } from "puppeteer-core";
import type { Browser } from "./browsers.ts";

/** Files that run in one process share a browser: it takes seconds to start, and is ended with the process. */
let launched: ReturnType<typeof launch> | undefined;

/** Starts a browser, or gives the one that is running; every page opens in a context of its own. */
export async function startPuppeteerBrowser(options: LaunchOptions): Promise<Browser> {
  launched ??= launch(options);
  const browser = await launched;
  return {
    version: await browser.version(),
    async open(url) {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      const console: string[] = [];
      page.on("console", (message) => console.push(message.text()));
      page.on("pageerror", (error) => console.push(textOf(error)));
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
    close: async () => {},
  };
}

/** Firefox reports what it complains of itself as errors of the page. */
const COMPLAINT = /^(?:Cross-Origin Request Blocked:|Firefox can’t establish a connection)/;

function textOf(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  return COMPLAINT.test(message) ? message : `uncaught ${error}`;
}
