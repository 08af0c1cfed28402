/** Valid policy documents, as different as the language allows. */

/** Documents to start from. */
export const POLICY_SEEDS: readonly object[] = [
  { rules: [{ name: "api", allowOrigins: ["https://app.example.com"] }] },
  {
    $schema: "./policy.schema.json",
    mode: "report-only",
    upstream: "https://origin.example.net/base",
    upstreamTimeout: 2.5,
    dangerouslyAllow: ["insecure-upstream"],
    rules: [
      {
        name: "orders",
        paths: ["/v1/orders/*", "/v1/:x/orders", "/"],
        allowOrigins: [
          "https://shop.example.com",
          "https://*.partners.example.com",
          "https://pr-*.preview.example.com",
          "http://localhost:*",
          "capacitor://localhost",
          "http://[::1]:3000",
          { origin: "https://trial.example.org", expires: "2027-01-31", owner: "growth", note: "…" },
          { list: "customers" },
        ],
        allowMethods: ["GET", "PUT", "DELETE"],
        allowHeaders: ["authorization", "Content-Type"],
        exposeHeaders: ["etag"],
        allowCredentials: true,
        maxAge: 600,
        onDenied: "forward",
        upstream: "http://orders.example.net",
        timingAllowOrigin: true,
        resourcePolicy: "cross-origin",
        rateLimit: "RATE_LIMITER",
        isolation: true,
        dangerouslyAllow: ["insecure-origin"],
      },
      { name: "rest", allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*", "authorization"] },
    ],
  },
  { rules: [{ name: "sandbox", allowOrigins: ["null"], exposeHeaders: ["*"], dangerouslyAllow: ["null-origin"] }] },
  {
    rules: [
      { name: "a", paths: ["/a/*"], allowOrigins: ["https://a.com"], allowMethods: [] },
      { name: "b", paths: ["/*/b", "/caf%C3%A9"], allowOrigins: ["https://a.com:*"], allowCredentials: true },
    ],
  },
];

/** The names of all fields. */
export const POLICY_FIELDS: readonly string[] = [
  ...new Set(
    JSON.stringify(POLICY_SEEDS)
      .match(/"\$?\w+":/g)
      ?.map((name) => name.slice(1, -2)),
  ),
];

/** Values that are right somewhere, as JSON writes them. */
export const POLICY_SCALARS: readonly string[] = [
  ...new Set(JSON.stringify(POLICY_SEEDS).match(/"[^"]*"(?=[,\]}])|(?<=:)[\d.]+|true/g)),
  '"https://a.com"',
  '"/a/*"',
  '"/*"',
  '"2024-02-29"',
  '"2027-02-30"',
];
