/** The whole demo: an API with wrong CORS headers, the gateway before it, and a page that calls it from two origins. */

import { fileURLToPath } from "node:url";
import { startDemoApi } from "./demo-api.ts";
import { startGateway } from "./gateway.ts";
import { assertPortFree } from "./loopback-server.ts";
import { startPageServer } from "./page-server.ts";
import { readPolicies } from "./policy-files.ts";
import { seedPolicies } from "./seed-policies.ts";

const PROJECT = new URL("../../", import.meta.url);

/** Where the demo listens and what it keeps. */
export interface DemoOptions {
  /** Ports; 0 for a free one. */
  readonly port: number;
  readonly apiPort: number;
  readonly pagePort: number;
  /** Folder of local development's storage; the project's own, where wrangler looks too, if absent. */
  readonly state?: string;
  /** More policy documents by their keys, after those of policies/. */
  readonly policies?: ReadonlyMap<string, string>;
  /** Takes the gateway's log lines. */
  readonly log?: (line: string) => void;
}

/** The running demo. */
export interface Demo {
  readonly gatewayUrl: string;
  readonly apiUrl: string;
  /** The page at an origin that the policy allows. */
  readonly pageUrl: string;
  /** The same page at an origin that it does not. */
  readonly otherPageUrl: string;
  readonly arrivalsOf: Awaited<ReturnType<typeof startDemoApi>>["arrivalsOf"];
  stop(): Promise<void>;
}

/**
 * Starts the demo. If it cannot, nothing is left running.
 * @throws PortError, PolicyFilesError, UsageError where policies/ cannot be read, KvError where KV cannot be used
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const policies = new Map([...readPolicies(pathOf("policies")), ...(options.policies ?? [])]);
  for (const port of [options.port, options.apiPort, options.pagePort]) await assertPortFree(port);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart();
  };
  try {
    const api = await startDemoApi(options.apiPort);
    stops.push(api.close);
    const configPath = pathOf("wrangler.toml");
    const state = options.state ?? pathOf(".wrangler/state");
    await seedPolicies(policies, configPath, state);
    const gateway = await startGateway({
      configPath,
      state,
      port: options.port,
      variables: {
        DEFAULT_UPSTREAM: urlOf("127.0.0.1", api.port),
        // A changed policy shows on the next click, instead of after some answers by the old one.
        POLICY_FRESH_SECONDS: "1",
        POLICY_HARD_LIMIT_SECONDS: "1",
      },
      log: options.log ?? (() => {}),
    });
    stops.push(gateway.stop);
    const gatewayUrl = urlOf("localhost", gateway.port);
    const apiUrl = urlOf("localhost", api.port);
    const policyFile = new URL("policies/localhost.json", PROJECT);
    const page = await startPageServer({ gatewayUrl, api, apiUrl, policyFile }, options.pagePort);
    stops.push(page.close);
    return {
      gatewayUrl,
      apiUrl,
      pageUrl: urlOf("localhost", page.port),
      otherPageUrl: urlOf("127.0.0.1", page.port),
      arrivalsOf: api.arrivalsOf,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, PROJECT));
}

function urlOf(hostname: string, port: number): string {
  return `http://${hostname}:${port}`;
}
