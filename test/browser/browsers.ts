/** The browsers that the tests can drive. Another one is another entry of the list. */

import { accessSync, constants } from "node:fs";
import { chromium } from "./chromium.ts";
import { firefox } from "./firefox.ts";
import { webkit } from "./webkit.ts";

/** A tab, as far as the tests need one. */
export interface Tab {
  /** Runs a function in the page. It sees nothing of this file; arguments and result are JSON. */
  run<Arguments extends unknown[], Result>(
    script: (...values: Arguments) => Result | Promise<Result>,
    ...values: Arguments
  ): Promise<Result>;
  /** What stands in the browser's console so far, its own complaints included; absent where no driver tells. */
  readonly console: readonly string[] | undefined;
  /** Writes a picture of the page to a .png file. */
  screenshot(file: string): Promise<void>;
  close(): Promise<void>;
}

/** A running browser. */
export interface Browser {
  /** Name and version, as its driver gives them. */
  readonly version: string;
  /** Opens a page, with no cookies and nothing cached, and waits until it has loaded. */
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

/** A kind of browser. */
export interface BrowserKind {
  readonly name: string;
  /** The programs it takes; they may not be there. */
  readonly programs: readonly string[];
  /** Says how to get it. */
  readonly installation: string;
  start(): Promise<Browser>;
}

const BROWSERS: readonly BrowserKind[] = [chromium, firefox, webkit];

/** Their names, as an argument and as the variable TEST_BROWSER. */
export const BROWSER_NAMES = BROWSERS.map(nameOf);

/**
 * The browsers that are on this machine, and those that are not.
 * @param name of the only one to look for; by default that of the variable TEST_BROWSER, or else all
 */
export function findBrowsers(name = process.env.TEST_BROWSER): {
  installed: readonly BrowserKind[];
  missing: readonly BrowserKind[];
} {
  const wanted = BROWSERS.filter((kind) => name === undefined || nameOf(kind) === name);
  return { installed: wanted.filter(isInstalled), missing: wanted.filter((kind) => !isInstalled(kind)) };
}

function nameOf({ name }: BrowserKind): string {
  return name.toLowerCase();
}

function isInstalled({ programs }: BrowserKind): boolean {
  return programs.every((program) => {
    try {
      accessSync(program, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
