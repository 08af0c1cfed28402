/** Firefox, by puppeteer over WebDriver BiDi. */

import type { BrowserKind } from "./browsers.ts";
import { startPuppeteerBrowser } from "./puppeteer-browser.ts";

const executable = process.env.FIREFOX || "/usr/bin/firefox-esr";

/** Starting a process takes two cores long: none is started ahead of need, and those of a site are kept for its next page. */
const PREFERENCES = {
  "dom.ipc.processPrelaunch.enabled": false,
  "dom.ipc.keepProcessesAlive.webIsolated.max": 20,
  "dom.ipc.keepProcessesAlive.webIsolated.time": 60,
};

/** Firefox without a window. */
export const firefox: BrowserKind = {
  name: "Firefox",
  programs: [executable],
  installation:
    "apt-get install -y --no-install-recommends firefox-esr, or give another executable in the variable FIREFOX",
  start: () =>
    startPuppeteerBrowser({ browser: "firefox", executablePath: executable, extraPrefsFirefox: PREFERENCES }),
};
