/** Tests import parts of the Worker, but have Node's globals; this is the one of the Worker's that they lack. */

import type { KVNamespace as Namespace } from "@cloudflare/workers-types";

declare global {
  type KVNamespace = Namespace;
}
