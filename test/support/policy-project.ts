/** Projects of their own for commands that publish: a wrangler.toml, policies/, and KV that nobody else has. */

import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FakeKvApi, startFakeKvApi } from "./fake-kv-api.ts";
import { type CliResult, runCli } from "./run-cli.ts";
import { WRANGLER_CONFIG } from "./wrangler-config.ts";

/** A folder in which commands are run. */
export interface PolicyProject {
  readonly folder: string;
  cli(...args: string[]): Promise<CliResult>;
  writePolicy(hostname: string, text: string | Buffer): Promise<void>;
  readPolicy(hostname: string): Promise<string>;
  remove(): Promise<void>;
}

/** A project whose commands talk to a fake of Cloudflare's API. */
export interface RemoteProject extends PolicyProject {
  readonly api: FakeKvApi;
}

/** A policy's text, as editors leave it. */
export function policyText(...allowOrigins: string[]): string {
  return `${JSON.stringify({ upstream: "https://origin.example.net", rules: [{ name: "api", allowOrigins }] }, null, 2)}\n`;
}

/**
 * Makes a project with an empty policies/.
 * @param namespace id of the KV namespace; default: what wrangler.toml has
 */
export async function createProject(
  namespace?: string,
  extraArgs: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<PolicyProject> {
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-project-"));
  await mkdir(join(folder, "policies"));
  const toml = await readFile(WRANGLER_CONFIG, "utf8");
  const id = namespace === undefined ? "$&" : `id = "${namespace}"`;
  await writeFile(join(folder, "wrangler.toml"), toml.replace(/^id = ".*"/m, id));
  const pathOf = (hostname: string) => join(folder, "policies", `${hostname}.json`);
  return {
    folder,
    cli: (...args) => runCli(folder, [...args, ...extraArgs], env),
    writePolicy: (hostname, text) => writeFile(pathOf(hostname), text),
    readPolicy: (hostname) => readFile(pathOf(hostname), "utf8"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Makes a project whose remote KV has version 1 of api.example.com, and whose file has another text. */
export async function createRemoteProject(inForce: string, file: string): Promise<RemoteProject> {
  const api = await startFakeKvApi();
  const project = await createProject(api.namespace, ["--remote"], api.env);
  const hash = createHash("sha256").update(inForce).digest("hex");
  const entry = { value: inForce, metadata: { version: 1, hash, time: "2026-11-22T10:00:00.000Z" } };
  api.entries.set("policy/api.example.com", entry);
  api.entries.set("history/api.example.com/1", entry);
  await project.writePolicy("api.example.com", file);
  return { ...project, api, remove: () => Promise.all([project.remove(), api.close()]).then(() => undefined) };
}

/** The one line that a command wrote to standard error. */
export function complaintOf({ stderr }: CliResult): string {
  const [line = "", ...more] = stderr.trimEnd().split("\n");
  if (more.length > 0) throw new Error(`more than one line on standard error:\n${stderr}`);
  return line;
}
