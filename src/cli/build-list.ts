/** From a text file, one origin a line, to the shards and the manifest of a huge list. */

import { createHash } from "node:crypto";
import { describeIssue } from "../core/explain/describe-issue.ts";
import { diagnoseOrigin } from "../core/explain/diagnose.ts";
import { quote } from "../core/issue.ts";
import { shardIndex } from "../core/origin-list.ts";
import { parseOriginPattern } from "../core/origin-pattern.ts";

/** So long a shard is on average, at most. A Worker keeps 32 MiB of them, and reads one where it needs an origin. */
const SHARD_LENGTH = 64 * 1024;

/** A line that is no exact origin. */
export interface BadLine {
  readonly line: number;
  readonly text: string;
  readonly message: string;
}

/** A list, ready to be published. */
export interface BuiltList {
  /** Number of different origins. */
  readonly count: number;
  /** Lines that said again what another had said. */
  readonly duplicates: number;
  readonly badLines: readonly BadLine[];
  /** The text of every shard by its hash. */
  readonly texts: ReadonlyMap<string, string>;
  /** The hash of each shard by its number; empty for one without origins. */
  readonly shards: readonly string[];
}

/** Builds a list. Empty lines, and lines that start with `#`, are passed over. */
export function buildList(text: string): BuiltList {
  const origins = new Set<string>();
  const badLines: BadLine[] = [];
  let good = 0;
  let length = 0;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const message = faultOf(line);
    if (message !== undefined) badLines.push({ line: index + 1, text: line, message });
    else {
      good++;
      if (!origins.has(line)) length += line.length + 1;
      origins.add(line);
    }
  }
  const { texts, shards } = cutIntoShards(origins, length);
  return { count: origins.size, duplicates: good - origins.size, badLines, texts, shards };
}

function faultOf(line: string): string | undefined {
  const pattern = parseOriginPattern(line);
  if (pattern === undefined) return describeIssue({ code: diagnoseOrigin(line), pointer: "", found: quote(line) });
  const isExact = pattern.kind === "tuple" && pattern.host.kind === "exact" && pattern.port !== "*";
  return isExact
    ? undefined
    : `"${line}" is a pattern; a list holds exact origins: put it into allowOrigins beside the list`;
}

/** A power of two, so that a list that grows re-cuts its shards only when it has doubled. */
function cutIntoShards(origins: ReadonlySet<string>, length: number): Pick<BuiltList, "texts" | "shards"> {
  let size = 1;
  while (size * SHARD_LENGTH < length) size *= 2;
  const lines: string[][] = Array.from({ length: size }, () => []);
  for (const origin of origins) lines[shardIndex(origin, size)]?.push(origin);
  const texts = new Map<string, string>();
  const shards = lines.map((shard) => {
    if (shard.length === 0) return "";
    const text = `${shard.sort().join("\n")}\n`;
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 32);
    texts.set(hash, text);
    return hash;
  });
  return { texts, shards };
}
