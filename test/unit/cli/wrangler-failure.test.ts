import { describe, expect, it } from "vitest";
import { describeWranglerFailure } from "../../../src/cli/wrangler-failure.ts";

/** What the wrangler of package.json wrote to standard error, by what was wrong. */
const COMPLAINTS: readonly (readonly [what: string, complaint: string, said: RegExp, isRefusal: boolean])[] = [
  [
    "no login",
    "✘ [ERROR] In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable for wrangler to work. Please go to https://developers.cloudflare.com/ for instructions",
    /wrangler login, or set CLOUDFLARE_API_TOKEN/,
    true,
  ],
  [
    "a login that is refused",
    "✘ [ERROR] A request to the Cloudflare API (/accounts/a/storage/kv/namespaces/n/keys) failed.\n\n  Authentication error [code: 10000]\n\n\n✘ [ERROR] A request to the Cloudflare API (/user/tokens/verify) failed.\n",
    /refused the login \(401\)/,
    true,
  ],
  [
    "a login that is refused for a value",
    "✘ [ERROR] Failed to fetch https://api.cloudflare.com/client/v4/accounts/a/storage/kv/namespaces/n/values/policy%2Fa.test - 401: Unauthorized",
    /refused the login \(401\)/,
    true,
  ],
  [
    "too many requests",
    "✘ [ERROR] A request to the Cloudflare API (/accounts/a/keys) failed.\n\n  Please wait and consider throttling your request speed [code: 971]\n",
    /\(429\): wait/,
    true,
  ],
  [
    "too many requests for a value",
    "✘ [ERROR] Failed to fetch https://api.cloudflare.com/values/policy%2Fa.test - 429: Too Many Requests",
    /\(429\): wait/,
    true,
  ],
  [
    "a namespace that is not there",
    "✘ [ERROR] A request to the Cloudflare API (/accounts/a/storage/kv/namespaces/0/keys) failed.\n\n  namespace not found [code: 10013]\n",
    /kv namespace create POLICIES/,
    true,
  ],
  [
    "no id",
    "✘ [ERROR] A request to the Cloudflare API (/accounts/a/workers/scripts/cors-gateway/settings) failed.\n\n  This Worker does not exist on your account. [code: 10007]\n",
    /no id for POLICIES.*kv namespace create/,
    true,
  ],
  [
    "no binding",
    "✘ [ERROR] No KV namespaces are configured in your wrangler config file. Use `--namespace-id`",
    /no KV namespace with the binding POLICIES/,
    true,
  ],
  [
    "two accounts",
    "✘ [ERROR] More than one account available but unable to select one in non-interactive mode.",
    /set CLOUDFLARE_ACCOUNT_ID/,
    true,
  ],
  [
    "an environment that is not there",
    '▲ [WARNING] Processing wrangler.toml configuration:\n\n    - No environment found in configuration with name "prod".\n',
    /no \[env\.prod\]/,
    true,
  ],
  [
    "a connection that is cut",
    "▲ [WARNING] A fetch request failed, likely due to a connectivity issue.\n\n✘ [ERROR] fetch failed\n",
    /connection to Cloudflare's API failed/,
    false,
  ],
  [
    "a gateway that is broken",
    "✘ [ERROR] Received a malformed response from the API\n\n  <html>\n  GET /accounts/a/keys -> 502 Bad Gateway\n",
    /in trouble \(502 Bad Gateway\)/,
    false,
  ],
  [
    "an error of the API's own",
    "✘ [ERROR] A request to the Cloudflare API (/accounts/a/keys) failed.\n\n  internal server error [code: 10001]\n  \n  If you think this is a bug, please open an issue at: https://github.com/",
    /^wrangler failed: A request to the Cloudflare API \(\/accounts\/a\/keys\) failed\. internal server error \[code: 10001\]$/,
    false,
  ],
  ["nothing", "", /it said nothing/, false],
];

/** What the wrangler of package.json says first where an environment lacks what the top level has. */
const CONFIGURATION_WARNING = `▲ [WARNING] Processing wrangler.toml configuration:

  
    - "env.production" environment configuration
      - The following vars exist at the top level, but not on "env.production.vars".
        This is probably not what you want, since "vars" configuration is not inherited by environments.
        Please add these vars to "env.production.vars":
        - DECISION_HEADER
        - POLICY_READ_TIMEOUT_SECONDS
      - "ratelimits" exists at the top level, but not on "env.production".
        This is not what you probably want, since "ratelimits" is not inherited by environments.
        Please add "ratelimits" to "env.production".


`;

describe("describeWranglerFailure", () => {
  it.each(COMPLAINTS)("says in one line what to do about %s", (_, complaint, said, isRefusal) => {
    const failure = describeWranglerFailure(complaint);
    expect(failure.message).toMatch(said);
    expect(failure.message).not.toContain("\n");
    expect(failure.isRefusal).toBe(isRefusal);
  });

  it.each(COMPLAINTS)("takes no word of a warning about wrangler.toml for %s", (_, complaint) => {
    const warned = `${CONFIGURATION_WARNING}${CONFIGURATION_WARNING}${complaint}`;
    expect(describeWranglerFailure(warned)).toEqual(describeWranglerFailure(complaint));
  });

  it("takes no word of a hostname for a failure", () => {
    const path = "/accounts/a/storage/kv/namespaces/n/values/policy%2Frate-limit.example.com";
    const failure = describeWranglerFailure(
      `✘ [ERROR] A request to the Cloudflare API (${path}) failed.\n\n  internal server error [code: 10001]\n`,
    );
    expect(failure.isRefusal).toBe(false);
    expect(failure.message).toContain("rate-limit.example.com) failed. internal server error");
    const answered = describeWranglerFailure(`✘ [ERROR] Failed to fetch https://api.test${path} - 500: Internal Error`);
    expect(answered).toMatchObject({ message: expect.stringContaining("in trouble (500"), isRefusal: false });
  });
});
