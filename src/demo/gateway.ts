/** The gateway, as `wrangler dev` runs it, in this process. */

import { unstable_DevEnv as DevEnv } from "wrangler";
import { QUIET_WRANGLER } from "../cli/run-wrangler.ts";

/** Where and how a gateway runs. */
export interface GatewayOptions {
  /** The wrangler.toml. */
  readonly configPath: string;
  /** Folder of local development's storage, as `--persist-to` takes it. */
  readonly state: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Variables that replace those of wrangler.toml. */
  readonly variables: Readonly<Record<string, string>>;
  /** Takes the gateway's log lines. */
  readonly log: (line: string) => void;
}

/** The running gateway. */
export interface RunningGateway {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts the gateway on `localhost`; it answers requests once this is done.
 * @throws Error where wrangler.toml or the Worker's code has a fault, or the port is taken
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  Object.assign(process.env, QUIET_WRANGLER, { WRANGLER_LOG: "none" });
  // `unstable_startWorker` is this without the events, and never tells that the Worker did not build.
  const environment = new DevEnv();
  const loaded = new Promise((resolve) => environment.once("reloadComplete", resolve));
  const failed = new Promise<never>((_, reject) => {
    const fail = (event: Error | { reason: string; cause: Error }) => {
      const error = event instanceof Error ? event : new Error(`${event.reason}: ${event.cause.message}`, event);
      options.log(error.message);
      reject(error);
    };
    environment.on("buildFailed", fail);
    environment.on("error", fail);
  });
  // Neither an early failure nor one in later life may end the process as an unhandled rejection.
  failed.catch(() => {});
  const bindings = Object.entries(options.variables).map(([name, value]) => [name, { type: "plain_text", value }]);
  const worker = await environment.startWorker({
    config: options.configPath,
    // A developer's .dev.vars must not change what the demo shows.
    envFiles: [],
    bindings: Object.fromEntries(bindings),
    dev: {
      persist: options.state,
      server: { hostname: "localhost", port: options.port },
      inspector: false,
      watch: false,
      logLevel: "none",
      // A route in wrangler.toml would make wrangler replace the hostname that the gateway sees.
      inferOriginFromRoutes: false,
      structuredLogsHandler: ({ message }: { message: string }) => options.log(message),
    },
  });
  try {
    const [url] = await Promise.race([failed, Promise.all([worker.url, loaded])]);
    return { port: Number(url.port), stop: () => worker.dispose() };
  } catch (error) {
    // Not awaited: it may wait for what never started. What is left of workerd ends with this process at the latest.
    worker.dispose().catch(() => {});
    throw error;
  }
}
