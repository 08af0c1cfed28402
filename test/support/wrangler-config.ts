/** What ships: the project's own wrangler.toml. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Its path. */
export const WRANGLER_CONFIG = fileURLToPath(new URL("../../wrangler.toml", import.meta.url));

/** Its compatibility date, under which the gateway must be tested. */
export const COMPATIBILITY_DATE = readCompatibilityDate();

function readCompatibilityDate(): string {
  const [, date] = /^compatibility_date = "([\d-]+)"$/m.exec(readFileSync(WRANGLER_CONFIG, "utf8")) ?? [];
  if (date === undefined) throw new Error(`${WRANGLER_CONFIG} has no compatibility date`);
  return date;
}
