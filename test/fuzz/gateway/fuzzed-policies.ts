/** The policies under which whole requests are fuzzed: each hostname has one, and no two rules have the same name. */

import type { WrittenPolicy } from "../../support/policy-meaning.ts";

/** Origins that some policies allow; `https://evil.example` none but `*`. */
export const FUZZED_ORIGINS = [
  "https://app.example.com",
  "https://app.example.com",
  "https://a.b.wild.example",
  "https://pr-7.wild.example",
  "http://localhost:3000",
  "https://evil.example",
  "null",
];

/** Policies by hostname. */
export const FUZZED_POLICIES: Readonly<Record<string, WrittenPolicy>> = {
  "exact.test": { rules: [{ name: "exact", allowOrigins: ["https://app.example.com"], allowHeaders: ["x-a"] }] },
  "wild.test": {
    rules: [
      {
        name: "wild",
        allowOrigins: ["https://*.wild.example", "https://pr-*.wild.example:*", "http://localhost:*"],
        allowMethods: ["*"],
        allowHeaders: ["*"],
      },
    ],
  },
  "any.test": { rules: [{ name: "any", allowOrigins: ["*"], allowMethods: ["GET", "PUT"], exposeHeaders: ["*"] }] },
  "credentials.test": {
    rules: [
      {
        name: "credentials",
        allowOrigins: ["https://app.example.com", "https://*.wild.example"],
        allowMethods: ["*"],
        allowHeaders: ["*"],
        exposeHeaders: ["*"],
        allowCredentials: true,
      },
    ],
  },
  "forward.test": {
    rules: [{ name: "forward", allowOrigins: ["https://app.example.com"], allowMethods: ["GET"], onDenied: "forward" }],
  },
  "isolated.test": { rules: [{ name: "isolated", allowOrigins: ["https://app.example.com"], isolation: true }] },
  "report.test": { mode: "report-only", rules: [{ name: "report", allowOrigins: ["https://app.example.com"] }] },
  "paths.test": {
    rules: [
      { name: "admin", paths: ["/admin/*"], allowOrigins: ["https://pr-7.wild.example"], allowCredentials: true },
      { name: "item", paths: ["/a/:x/b"], allowOrigins: ["https://app.example.com"], allowMethods: ["*"] },
      { name: "open", paths: ["/a/*", "/x"], allowOrigins: ["*"] },
    ],
  },
};

/** Hostnames without a usable policy: none, and a document that is no policy. */
export const HOSTS_WITHOUT_POLICY = ["none.test", "broken.test"];
