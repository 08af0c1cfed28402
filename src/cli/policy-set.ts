/** Sets of policies that can be compared: a directory, or KV; a revision of a directory is in git-revision.ts. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { policyKey, policyKeys } from "../core/hostname.ts";
import { shardKey } from "../core/origin-list.ts";
import type { Kv } from "./kv.ts";
import { complain } from "./output.ts";
import { fileNameOf, readPolicyFiles, requireHostname } from "./policy-files.ts";
import { printable } from "./printable.ts";
import { readTexts } from "./published-policy.ts";
import { readManifest } from "./read-manifest.ts";

/** Where policies and the lists that they name are read from. */
export interface PolicySet {
  /** For messages: `policies`, `local KV`. */
  readonly name: string;
  /** The hostnames that have a document of their own; each can be the name of a policy file. */
  hostnames(): Promise<readonly string[]>;
  /** The document of exactly this hostname; undefined where there is none. */
  read(hostname: string): Promise<string | undefined>;
  /** The origins of a huge list; undefined where they are not known. */
  readList(name: string): Promise<ReadonlySet<string> | undefined>;
}

/**
 * The policy files of a directory, with the lists in lists/NAME.txt beside them.
 * @throws UsageError where it cannot be read
 */
export function policiesIn(directory: string): PolicySet {
  return {
    name: directory,
    hostnames: async () => readPolicyFiles(directory).map(({ hostname }) => hostname),
    read: async (hostname) => {
      const path = join(directory, fileNameOf(hostname));
      return existsSync(path) ? readPolicyFiles(directory, [path])[0]?.text : undefined;
    },
    readList: async (name) => {
      const path = join(directory, listFileOf(name));
      return existsSync(path) ? parseListText(readFileSync(path, "utf8")) : undefined;
    },
  };
}

/** Where the text of a list lies in a directory of policies, if it is kept there. */
export function listFileOf(name: string): string {
  return join("lists", `${name}.txt`);
}

/** The origins of a list's text, one a line; empty lines, and lines that start with `#`, are passed over. */
export function parseListText(text: string): ReadonlySet<string> {
  const lines = text.split("\n").map((line) => line.trim());
  return new Set(lines.filter((line) => line !== "" && !line.startsWith("#")));
}

/** The policies and lists that are in force. A key that is named after no hostname is left out, with a warning. */
export function policiesInKv(kv: Kv): PolicySet {
  return {
    name: kv.name,
    hostnames: async () => (await kv.list(policyKey(""))).flatMap(({ name }) => usableHostname(name)),
    read: async (hostname) => (await kv.getText(policyKey(hostname))) ?? undefined,
    readList: async (name) => {
      const manifest = await readManifest(kv, name);
      if (manifest === undefined) return undefined;
      const hashes = manifest.shards.filter((hash) => hash !== "");
      const texts = await readTexts(
        kv,
        hashes.map((hash) => shardKey(name, hash)),
      );
      return texts.includes(null) ? undefined : parseListText(texts.join(""));
    },
  };
}

function usableHostname(key: string): string[] {
  try {
    // Security: anybody who can write to KV chooses the names, and a name with a slash would lead out of the directory.
    return [requireHostname(key.slice(policyKey("").length))];
  } catch {
    complain(`warning: left out the key ${printable(key)}: no hostname with a policy file`);
    return [];
  }
}

/** The hostnames whose document may serve this one, or this wildcard, closest first. */
export function servingHostnames(hostname: string): readonly string[] {
  // What a wildcard stands for has the wildcard's candidates.
  const keys = hostname.startsWith("*.") ? policyKeys(`any${hostname.slice(1)}`).slice(1) : policyKeys(hostname);
  return keys.map((key) => key.slice(policyKey("").length));
}
