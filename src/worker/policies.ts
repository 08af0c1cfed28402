/** The policy of a hostname, as far as KV has said it. */

import { type CompiledPolicy, compilePolicy } from "../core/compile-policy.ts";
import { type PolicyLookup, unusablePolicy } from "../core/decision.ts";
import { policyKey, policyKeys } from "../core/hostname.ts";
import { parsePolicy } from "../core/parse-policy.ts";
import { DocumentStore, type StoreSurroundings } from "./document-store.ts";
import type { Judged, Known } from "./kept-documents.ts";
import type { RequestContext } from "./request-context.ts";

const NONE: PolicyLookup = { kind: "none" };

/** Policies by hostname. */
export class Policies {
  readonly #store: DocumentStore<CompiledPolicy>;

  constructor(surroundings: StoreSurroundings) {
    this.#store = new DocumentStore(surroundings, judge);
  }

  /**
   * What is known of a hostname's policy; never rejects.
   * @param hostname as `policyHostname` gives it
   */
  lookup(hostname: string, context: RequestContext): PolicyLookup | Promise<PolicyLookup> {
    // Mostly the closest key has it, and the others need not be worked out. A stored wildcard is nobody's hostname.
    const closest = hostname.includes("*") ? undefined : this.#store.recallFresh(policyKey(hostname));
    if (closest !== undefined) return toLookup(closest);
    const keys = policyKeys(hostname);
    if (keys.length === 0) return NONE;
    const known = this.#store.lookup(keys, context);
    return known instanceof Promise ? known.then(toLookup) : toLookup(known);
  }
}

function judge(text: string): Judged<CompiledPolicy> {
  const parsed = parsePolicy(text);
  return parsed.ok ? { ok: true, value: compilePolicy(parsed.document) } : parsed;
}

function toLookup(known: Known<CompiledPolicy>): PolicyLookup {
  switch (known.kind) {
    case "found":
      return { kind: "found", policy: known.value, version: known.version, staleSeconds: known.staleSeconds };
    case "none":
      return NONE;
    case "unusable":
      return unusablePolicy(known.text);
    case "unknown":
      return { kind: "unavailable", namesUpstream: false };
  }
}
