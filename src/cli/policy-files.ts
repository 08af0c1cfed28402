/** Policies as files: policies/<hostname>.json, and _wildcard. for the leading `*.`. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { policyHostname, policyKeys } from "../core/hostname.ts";
import { UsageError } from "./usage-error.ts";

const WILDCARD_PREFIX = "_wildcard.";

/** A policy document on disk. */
export interface PolicyFile {
  readonly path: string;
  /** As KV keys have it: `api.example.com` or `*.example.com`. */
  readonly hostname: string;
  readonly text: string;
}

/** The name of the file that holds the policy of a hostname. */
export function fileNameOf(hostname: string): string {
  return `${hostname.replace(/^\*\./, WILDCARD_PREFIX)}.json`;
}

/** The hostname whose policy a file holds. */
export function hostnameOf(path: string): string {
  const name = basename(path, ".json");
  return name.startsWith(WILDCARD_PREFIX) ? `*.${name.slice(WILDCARD_PREFIX.length)}` : name;
}

/**
 * Checks that a text names a hostname that can have a policy, and gives it back as keys have it.
 * @throws UsageError that says what to write instead
 */
export function requireHostname(text: string): string {
  const isWildcard = text.startsWith("*.") && text.length > 2;
  // A wildcard is read for what stands below it: over an IP address, or 16 labels, nothing does.
  const meant = isWildcard ? hostnameMeantBy(`a${text.slice(1)}`)?.replace(/^a/, "*") : hostnameMeantBy(text);
  if (meant !== text) {
    const instead = meant ?? (isWildcard ? hostnameMeantBy(text.slice(2)) : undefined);
    const advice = instead === undefined ? "" : `; write ${instead}`;
    throw new UsageError(`"${text}" is not a hostname with a policy (lower case, no port, no path)${advice}`);
  }
  const file = fileNameOf(text);
  const owner = hostnameOf(file);
  if (owner !== text) throw new UsageError(`"${text}" is what the file of ${owner} is called; write ${owner}`);
  if (!isPolicyFileName(file)) {
    throw new UsageError(
      `"${text}" cannot have a policy: ${file} is a schema's name; choose one that does not end in .schema`,
    );
  }
  return text;
}

/** What a text means as a hostname, or as a URL; undefined where that can have no policy. */
function hostnameMeantBy(text: string): string | undefined {
  const url = /[/?#@\\\s]/.test(text) ? null : URL.parse(`http://${text}/`);
  const hostname = url === null ? (URL.parse(text)?.hostname ?? "") : policyHostname(url.hostname);
  return policyKeys(hostname).length === 0 ? undefined : hostname;
}

/**
 * The hostname that a file is named after.
 * @throws UsageError that names the file
 */
export function requireFileHostname({ path, hostname }: PolicyFile): string {
  try {
    return requireHostname(hostname);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${path}: ${error.message}`, error) : error;
  }
}

/**
 * Reads the policy files named, or all of a directory.
 * @throws UsageError for a path that is not there or cannot be read
 */
export function readPolicyFiles(directory: string, paths: readonly string[] = []): PolicyFile[] {
  return (paths.length > 0 ? paths : listPolicyFiles(directory)).map((path) => ({
    path,
    hostname: hostnameOf(path),
    text: readText(path),
  }));
}

/**
 * The files of the policies of some hostnames.
 * @throws UsageError for one that is not there
 */
export function requirePolicyPaths(directory: string, hostnames: readonly string[]): string[] {
  return hostnames.map((hostname) => {
    const path = join(directory, fileNameOf(hostname));
    if (existsSync(path)) return path;
    throw new UsageError(`there is no ${path}; write it with: cors-gateway init ${hostname}`);
  });
}

/**
 * Reads the policy files named, or all of a directory, to judge them.
 * @throws UsageError where there are none, or one is named after no hostname
 */
export function requirePolicyFiles(directory: string, paths: readonly string[]): PolicyFile[] {
  const files = readPolicyFiles(directory, paths);
  if (files.length === 0) throw noPoliciesIn(directory);
  for (const file of files) requireFileHostname(file);
  return files;
}

/** What ends a command that is about all policies of a directory, and finds none. */
export function noPoliciesIn(directory: string): UsageError {
  return new UsageError(`there are no policies in ${directory}; write one with: cors-gateway init HOST`);
}

function listPolicyFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter(isPolicyFileName)
      .sort()
      .map((name) => join(directory, name));
  } catch (error) {
    throw new UsageError(`cannot read the directory ${directory}: ${reason(error)}`, error);
  }
}

/** True for a name that a policy file can have in its directory. */
export function isPolicyFileName(name: string): boolean {
  return name.endsWith(".json") && !name.endsWith(".schema.json");
}

function readText(path: string): string {
  try {
    if (statSync(path).isDirectory()) throw new Error("it is a directory");
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${reason(error)}`, error);
  }
}

/** What went wrong, in the system's words but without its decoration. */
export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "there is no such file or directory";
  if (code === "EACCES") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
