/**
 * What a policy document means, sentence by sentence as the contract puts it: slow, and so plain that it can be seen to be
 * right. It imports nothing, so that the gateway can be judged by it.
 */

/** A rule as it stands in a document. */
interface WrittenRule {
  readonly name: string;
  readonly paths?: readonly string[];
  readonly allowOrigins: readonly (string | { readonly origin: string; readonly expires?: string })[];
  readonly allowMethods?: readonly string[];
  readonly allowHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly allowCredentials?: boolean;
  readonly onDenied?: "block" | "forward";
  readonly timingAllowOrigin?: boolean;
  readonly resourcePolicy?: string;
  readonly isolation?: boolean;
}

/** A document as an operator writes it. */
export interface WrittenPolicy {
  readonly mode?: "enforce" | "report-only";
  readonly rules: readonly WrittenRule[];
}

/** What somebody at another origin asks for. */
export interface Question {
  readonly origin: string;
  /** As the URL parser serializes it. */
  readonly path: string;
  readonly method: string;
  /** The CORS-unsafe names among the request's headers, byte-lowercase. */
  readonly unsafeNames: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What a policy says of each part of a request; a request is allowed where every part is. */
export interface Meaning {
  /** The one rule that holds for the path, however it is read. */
  readonly rule: WrittenRule;
  readonly allowsOrigin: boolean;
  readonly allowsMethod: boolean;
  readonly allowsHeaders: boolean;
  readonly allowsCredentials: boolean;
  readonly forwardsDenied: boolean;
}

/** What the policy says of a request from another origin; undefined where no rule, or more than one, holds for its path. */
export function meaningOf(policy: WrittenPolicy, question: Question): Meaning | undefined {
  const rule = ruleFor(policy, question.path);
  // Another reading that picks another rule, or none, makes the path ambiguous.
  if (rule === undefined || readings(question.path).some((path) => ruleFor(policy, path) !== rule)) return undefined;
  return {
    rule,
    allowsOrigin: rule.allowOrigins.some((entry) => isAllowedBy(entry, question)),
    allowsMethod: allowsMethod(rule.allowMethods ?? ["GET", "HEAD", "POST"], question.method),
    allowsHeaders: question.unsafeNames.every((name) => allowsHeader(rule.allowHeaders ?? [], name)),
    allowsCredentials: rule.allowCredentials === true,
    forwardsDenied: rule.onDenied === "forward",
  };
}

/** The first rule whose path matches wins. */
export function ruleFor({ rules }: WrittenPolicy, path: string): WrittenRule | undefined {
  return rules.find(({ paths = ["/*"] }) => paths.some((pattern) => matchesPath(pattern, path)));
}

/** Every segment is a literal, `:name` or `*`; a final `/*` matches any rest, and also the path without it. */
function matchesPath(pattern: string, path: string): boolean {
  if (pattern === "/*") return true;
  const hasRest = pattern.endsWith("/*");
  const wanted = upperHex(hasRest ? pattern.slice(0, -2) : pattern)
    .split("/")
    .slice(1);
  const found = upperHex(path).split("/").slice(1);
  if (hasRest ? found.length < wanted.length : found.length !== wanted.length) return false;
  return wanted.every((segment, index) => {
    const isOpen = segment === "*" || segment.startsWith(":");
    return isOpen ? found[index] !== "" : found[index] === segment;
  });
}

/** One byte in either case: https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2.1 */
function upperHex(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (byte) => byte.toUpperCase());
}

/** Percent-decoded once and parsed again, runs of `/` merged, both. */
export function readings(path: string): string[] {
  const merge = (text: string) => text.replace(/\/+/g, "/");
  const decoded = path.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const parse = (text: string) => new URL(`http://host${text}`).pathname;
  return [parse(decoded), merge(path), merge(parse(decoded)), parse(merge(decoded))];
}

function isAllowedBy(entry: WrittenRule["allowOrigins"][number], { origin, now }: Question): boolean {
  if (typeof entry === "string") return matchesOrigin(entry, origin);
  // `expires` is the last day, UTC.
  const isOver = entry.expires !== undefined && new Date(now).toISOString().slice(0, 10) > entry.expires;
  return !isOver && matchesOrigin(entry.origin, origin);
}

/**
 * `*` alone: any origin. `*` as the whole leftmost label: one or more labels. `*` inside it: never a dot. `:*`: any port,
 * or none.
 */
export function matchesOrigin(pattern: string, origin: string): boolean {
  if (pattern === "*" || pattern === origin) return true;
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace(/:\*$/, "(:[0-9]+)?")
    .replace("://*\\.", "://[a-z0-9_-]+(\\.[a-z0-9_-]+)*\\.")
    .replace(/^([^/]*:\/\/(?:[^.*\\]|\\[^.])*)\*/, "$1[a-z0-9_-]+");
  return new RegExp(`^${source}$`).test(origin);
}

/** GET implies HEAD. */
function allowsMethod(listed: readonly string[], method: string): boolean {
  return listed.includes("*") || listed.includes(method) || (method === "HEAD" && listed.includes("GET"));
}

/** `*` never covers `authorization`. */
function allowsHeader(listed: readonly string[], name: string): boolean {
  return listed.some((written) => written.toLowerCase() === name) || (listed.includes("*") && name !== "authorization");
}
