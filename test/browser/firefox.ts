/** Firefox, by puppeteer over WebDriver BiDi. */

import type { BrowserKind } from "./browsers.ts";
import { startPuppeteerBrowser } from "./puppeteer-browser.ts";

const executable = process.env.FIREFOX || "/usr/bin/firefox-esr";

export const firefox: BrowserKind = {
  name: "Firefox",
  programs: [executable],
  installation:
    "apt-get install -y --no-install-recommends firefox-esr, or give another executable in the variable FIREFOX",
  start: () => startPuppeteerBrowser({ browser: "firefox", executablePath: executable }),
};
