/** Chromium, by puppeteer. */

import type { BrowserKind } from "./browsers.ts";
import { startPuppeteerBrowser } from "./puppeteer-browser.ts";

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

/** Chromium without a window. */
export const chromium: BrowserKind = {
  name: "Chromium",
  programs: [executable],
  installation:
    "apt-get install -y --no-install-recommends chromium, or give another executable in the variable CHROMIUM",
  start: () => startPuppeteerBrowser({ executablePath: executable, args: FLAGS }),
};
