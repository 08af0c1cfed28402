/** The browsers that the tests can drive. Another one is another entry of the list. */

import { accessSync, constants } from "node:fs";
import { chromium } from "./chromium.ts";

/** A tab, as far as the tests need one. */
export interface Tab {
  /** Runs a function in the page. It sees nothing of this file; arguments and result are JSON. */
  run<Arguments extends unknown[], Result>(
    script: (...values: Arguments) => Result | Promise<Result>,
    ...values: Arguments
  ): Promise<Result>;
  /** What stands in the browser's console so far. */
  readonly console: readonly string[];
  /** Writes a picture of the whole page to a .png file. */
  screenshot(file: string): Promise<void>;
  close(): Promise<void>;
}

/** A running browser. */
export interface Browser {
  /** Opens a page, with no cookies and nothing cached, and waits until it has loaded. */
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

/** A kind of browser. */
export interface BrowserKind {
  readonly name: string;
  /** The program; it may not be there. */
  readonly executable: string;
  /** Says how to get it. */
  readonly installation: string;
  start(): Promise<Browser>;
}

const BROWSERS: readonly BrowserKind[] = [chromium];

/** The browsers that are on this machine, and those that are not. */
export function findBrowsers(): { installed: readonly BrowserKind[]; missing: readonly BrowserKind[] } {
  return {
    installed: BROWSERS.filter(isInstalled),
    missing: BROWSERS.filter((kind) => !isInstalled(kind)),
  };
}

function isInstalled({ executable }: BrowserKind): boolean {
  try {
    accessSync(executable, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
