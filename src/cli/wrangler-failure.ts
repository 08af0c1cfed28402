/** What went wrong in wrangler, in one line that says what to do. */

/** A failure of wrangler in words. */
export interface WranglerFailure {
  readonly message: string;
  /** True where wrangler or Cloudflare said no: nothing was written. */
  readonly isRefusal: boolean;
}

interface KnownFailure {
  readonly sign: RegExp;
  readonly message: string;
  /** Default true. */
  readonly isRefusal?: false;
}

const NEEDS_ID = "run npx wrangler kv namespace create POLICIES, and put the id that it prints into wrangler.toml";

const UNKNOWN_ENVIRONMENT = /No environment found in configuration with name "(.*?)"/;

/** What wrangler says of wrangler.toml has words of its own: `"ratelimits" exists at the top level` is no 429. */
const CONFIGURATION_WARNINGS = /^.*\[WARNING\] Processing .* configuration:(?:\n|[ \t].*)*/gm;

/** The key in an address: a hostname may have any word. */
const KEYS = /\/values\/[^\s)]+/g;

/** The first whose sign is found, is it: a refused login makes wrangler complain of more than that. */
const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    sign: /necessary to set a CLOUDFLARE_API_TOKEN|Not logged in|Did not login/,
    message: "not logged in to Cloudflare: run npx wrangler login, or set CLOUDFLARE_API_TOKEN",
  },
  {
    sign: /More than one account available/,
    message:
      "the login has more than one Cloudflare account: set CLOUDFLARE_ACCOUNT_ID, or account_id in wrangler.toml",
  },
  {
    sign: /\[code: (?:10000|6003|6111|9106|9109)\]| - 40[13]: |invalid authorization header|API token contains a character/i,
    message:
      "Cloudflare refused the login (401): see that CLOUDFLARE_API_TOKEN is valid and may edit Workers KV, or run npx wrangler login again",
  },
  {
    sign: /\[code: (?:971|10429)\]| - 429: |too many requests|rate.?limit|throttl/i,
    message: "Cloudflare got too many requests from this account (429): wait a minute, and run this again",
  },
  {
    sign: /\[code: 10013\]|No KV namespace ID found|No namespace ID is configured/,
    message: `the account has no KV namespace of the id that wrangler.toml gives POLICIES: ${NEEDS_ID}`,
  },
  {
    sign: /\/workers\/scripts\/\S+\/settings\) failed/,
    message: `wrangler.toml has no id for POLICIES: ${NEEDS_ID}`,
  },
  {
    sign: /No KV namespaces are configured|No KV namespace with binding/,
    message: `wrangler.toml has no KV namespace with the binding POLICIES: ${NEEDS_ID}`,
  },
  {
    sign: /fetch failed|ECONNRE|socket|terminated|Unable to resolve|timed out/i,
    message: "the connection to Cloudflare's API failed: look at the network, and run this again",
    isRefusal: false,
  },
  {
    sign: /(?: - |-> )(5\d\d[: ].*)/,
    message: "Cloudflare's API is in trouble ($1): run this again later",
    isRefusal: false,
  },
];

/**
 * Says in one line what wrangler complained of.
 * @param complaint what it wrote to standard error, without colours
 */
export function describeWranglerFailure(complaint: string): WranglerFailure {
  const environment = UNKNOWN_ENVIRONMENT.exec(complaint)?.[1];
  if (environment !== undefined) {
    return { message: `wrangler.toml has no [env.${environment}] that --env could mean`, isRefusal: true };
  }
  const failure = complaint.replace(CONFIGURATION_WARNINGS, "");
  const words = failure.replace(KEYS, "/values/…");
  for (const { sign, message, isRefusal = true } of KNOWN_FAILURES) {
    const found = sign.exec(words);
    if (found !== null) return { message: message.replace("$1", (found[1] ?? "").trim()), isRefusal };
  }
  return { message: `wrangler failed: ${firstErrorOf(failure)}`, isRefusal: false };
}

/** The first error's line, and the one below it, where Cloudflare's own words stand. */
function firstErrorOf(complaint: string): string {
  const lines = complaint
    .slice(Math.max(complaint.indexOf("[ERROR]"), 0))
    .replace("[ERROR]", "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("If you think this is a bug"));
  return lines.slice(0, 2).join(" ") || "it said nothing";
}
