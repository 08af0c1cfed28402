/** Changes of access in words. */

import type { AccessChange } from "./compare-access.ts";
import type { OriginChange } from "./compare-origins.ts";
import type { Effect } from "./compare-rules.ts";
import type { PathRegion } from "./rule-pairs.ts";

/** A change as people read it. */
export interface DescribedChange {
  readonly sign: "+" | "-" | "~";
  readonly text: string;
  /** What does not fit into the sentence: origins, a line each. */
  readonly details: readonly string[];
}

const SIGNS: Readonly<Record<Effect, DescribedChange["sign"]>> = { gained: "+", lost: "-", neutral: "~" };

/** What a mode means for who decides, after another. */
const MODES: Readonly<Record<string, string>> = {
  enforce: "the rules decide, no longer the upstream's own CORS",
  "report-only": "the upstream's own CORS decides, and the rules only report",
  none: "other origins are denied, whatever the upstream's own CORS says",
};

/** So many origins or paths stand in the sentence itself. */
const MAX_INLINE = 3;
/** So many are shown at all. */
const MAX_SHOWN = 10;

/**
 * A change as a sentence, the paths last.
 * @example describeAccessChange(change).text // "https://x.example may now PUT /v1/orders/*"
 */
export function describeAccessChange(change: AccessChange): DescribedChange {
  const sign = SIGNS[change.effect];
  switch (change.kind) {
    case "mode":
      return { sign, details: [], text: describeMode(change.before, change.after) };
    case "timeout":
      return { sign, details: [], text: `upstreamTimeout: ${change.before} → ${change.after} s` };
    case "setting": {
      const { setting, before = "none", after = "none" } = change;
      return { sign, details: [], text: `${setting}: ${before} → ${after} on ${describePaths(change.paths)}` };
    }
    case "cross-site-loads": {
      const may = sign === "+" ? "may now" : "may no longer";
      const text = `pages of other sites ${may} load ${describePaths(change.paths)} without CORS (isolation)`;
      return { sign, details: [], text };
    }
    case "denied-forwarded": {
      const reach = sign === "+" ? "now reach" : "no longer reach";
      const text = `denied requests ${reach} the upstream, cookies included, on ${describePaths(change.paths)} (onDenied)`;
      return { sign, details: [], text };
    }
    case "origins": {
      const { subject, details } = subjectOf(change.origins.map((origin) => describeOrigin(origin, sign)));
      const after = change.after === undefined ? "" : ` after ${change.after}`;
      const may = sign === "+" ? (change.after === undefined ? "may now" : "may still") : "may no longer";
      const acts = change.methods.length === 0 ? "open WebSockets to" : listMethods(change.methods);
      const sends = [
        ...(change.methods.length === 0 ? [] : change.headers.map((name) => (name === "*" ? "any header" : name))),
        ...(change.credentials ? ["credentials"] : []),
      ];
      const withWhat = sends.length === 0 ? "" : `, with ${sends.join(", ")}`;
      return { sign, details, text: `${subject} ${may} ${acts} ${describePaths(change.paths)}${withWhat}${after}` };
    }
    default: {
      const { subject, details } = subjectOf(change.origins);
      const text = `${subject} ${sign === "+" ? "may now" : "may no longer"} ${describeAct(change)}`;
      return { sign, details, text: `${text} ${describePaths(change.paths)}` };
    }
  }
}

function describeMode(before: string, after: string): string {
  return `mode: ${before} → ${after}: ${MODES[after] ?? MODES.none}`;
}

type NamesChange = Extract<AccessChange, { readonly names: readonly string[] }>;
type PlainChange = Extract<AccessChange, { readonly kind: "credentials" | "timing" }>;

function describeAct(change: NamesChange | PlainChange): string {
  switch (change.kind) {
    case "methods":
      return listMethods(change.names, change.but);
    case "request-headers":
      return `send ${listNames(change.names, "any header", change.but)} to`;
    case "response-headers":
      return `read ${listNames(change.names, "any response header", change.but)} from`;
    case "credentials":
      return "send credentials to";
    case "timing":
      return "read detailed timings of";
  }
}

function listMethods(methods: readonly string[], but: readonly string[] = []): string {
  return methods[0] === "*" ? `use any method${but.length > 0 ? ` but ${but.join(", ")}` : ""} on` : methods.join(", ");
}

function listNames(names: readonly string[], any: string, but: readonly string[] = []): string {
  return names
    .map((name) => (name === "*" ? `${any}${but.length > 0 ? ` but ${but.join(", ")}` : ""}` : name))
    .join(", ");
}

function describeOrigin(change: OriginChange, sign: DescribedChange["sign"]): string {
  if ("list" in change) {
    const { list, count, examples = [], isInsecureOnly } = change;
    if (count === undefined) {
      return `${isInsecureOnly ? "http origins of the" : "the"} list ${list} (content not compared)`;
    }
    const more = count > examples.length ? ", …" : "";
    return `${written(count)} ${count === 1 ? "origin" : "origins"} of the list ${list} (${examples.join(", ")}${more})`;
  }
  const { origin, expires, expiresOtherwise, widerThan = [], unlessListed = [] } = change;
  const notes = [
    ...(expires === undefined ? [] : [`until ${expires}`]),
    ...(expiresOtherwise === undefined ? [] : [`${sign === "+" ? "before" : "now"}: until ${expiresOtherwise}`]),
    ...(widerThan.length === 0
      ? []
      : [`${sign === "+" ? "widened from" : "narrowed to"} ${cut(widerThan, MAX_INLINE)}`]),
    ...(unlessListed.length === 0
      ? []
      : [`unless ${sign === "+" ? "it was" : "it is"} in the list ${unlessListed.join(" or ")}`]),
  ];
  const name = origin === "*" ? "any origin" : origin;
  return notes.length === 0 ? name : `${name} (${notes.join("; ")})`;
}

function subjectOf(origins: readonly string[]): { subject: string; details: readonly string[] } {
  const named = origins.map((origin) => (origin === "*" ? "any origin" : origin));
  if (named.length <= MAX_INLINE) return { subject: named.join(", "), details: [] };
  const shown =
    named.length > MAX_SHOWN
      ? [...named.slice(0, MAX_SHOWN), `… and ${written(named.length - MAX_SHOWN)} more`]
      : named;
  return { subject: `${written(named.length)} origins`, details: shown };
}

function describePaths(paths: readonly PathRegion[]): string {
  const described = paths.map(({ within, except, exceptsMany }) => {
    if (exceptsMany) return `${within} (except paths of other rules)`;
    return except.length === 0 ? within : `${within} (except ${cut(except, MAX_SHOWN)})`;
  });
  return cut(described, MAX_SHOWN);
}

function cut(texts: readonly string[], most: number): string {
  if (texts.length <= most) return texts.join(", ");
  return `${texts.slice(0, most).join(", ")} and ${written(texts.length - most)} more`;
}

function written(number: number): string {
  return number.toLocaleString("en-US");
}
