import { describe, expect, it } from "vitest";
import { chooseUpstream, parseDefaultUpstream } from "../../src/core/choose-upstream.ts";
import type { PolicyLookup } from "../../src/core/decision.ts";
import { documentWith, policyFrom } from "../support/policies.ts";

const HOST = "api.example.com";
const DEFAULT = { base: "https://default.example.net", host: "default.example.net" };
const OF_RULE = { base: "https://rule.example.net/r", host: "rule.example.net" };
const OF_DOCUMENT = { base: "https://document.example.net:8443/d", host: "document.example.net:8443" };

function found(document: object): PolicyLookup {
  return { kind: "found", policy: policyFrom(document) };
}

describe("parseDefaultUpstream", () => {
  it.each([
    ["zone", "zone"],
    ["", "empty"],
    ["https://default.example.net", { base: "https://default.example.net", host: "default.example.net" }],
    ["https://default.example.net/", { base: "https://default.example.net", host: "default.example.net" }],
    ["https://default.example.net/api/", { base: "https://default.example.net/api", host: "default.example.net" }],
    ["http://localhost:8788", { base: "http://localhost:8788", host: "localhost:8788" }],
    ["HTTPS://Default.Example.net:443", { base: "https://default.example.net", host: "default.example.net" }],
    ["default.example.net", "invalid"],
    ["Zone", "invalid"],
    ["https://", "invalid"],
    ["https:/default.example.net", "invalid"],
    ["ftp://default.example.net", "invalid"],
    ["xhttps://default.example.net", "invalid"],
    ["javascript:alert(1)", "invalid"],
    ["https://user@default.example.net", "invalid"],
    ["https://user:secret@default.example.net", "invalid"],
    ["https://:secret@default.example.net", "invalid"],
    ["https://default.example.net?x=1", "invalid"],
    ["https://default.example.net/?", "invalid"],
    ["https://default.example.net#x", "invalid"],
    ["https://default.example.net/#", "invalid"],
    ["https://default example.net", "invalid"],
    ["https://default.example.net:70000", "invalid"],
  ])("reads %j as %j", (text, expected) => {
    expect(parseDefaultUpstream(text)).toEqual(expected);
  });
});

describe("chooseUpstream takes", () => {
  const both = found({
    upstream: "https://document.example.net:8443/d",
    upstreamTimeout: 5,
    ...documentWith({ upstream: "https://rule.example.net/r/", paths: ["/r/*"] }, {}),
  });
  const neither = found(documentWith({}));

  function choiceOn(lookup: PolicyLookup, path: string) {
    const rule = lookup.kind === "found" ? lookup.policy.ruleFor(path) : undefined;
    return chooseUpstream(lookup, rule, DEFAULT, HOST);
  }

  it("the rule's upstream before the document's", () => {
    expect(choiceOn(both, "/r/1")).toEqual({ kind: "upstream", upstream: OF_RULE, timeoutSeconds: 5 });
  });

  it("the document's where the rule has none", () => {
    expect(choiceOn(both, "/x")).toEqual({ kind: "upstream", upstream: OF_DOCUMENT, timeoutSeconds: 5 });
  });

  it("the document's where no rule matches", () => {
    const lookup = found({ upstream: "https://document.example.net:8443/d", ...documentWith({ paths: ["/r"] }) });
    expect(choiceOn(lookup, "/x")).toEqual({ kind: "upstream", upstream: OF_DOCUMENT, timeoutSeconds: 30 });
  });

  it.each([
    ["where the policy names none", neither],
    ["without a policy", { kind: "none" } as const],
    ["for an unusable document that names none", { kind: "unavailable", namesUpstream: false } as const],
  ])("the default %s", (_, lookup) => {
    expect(choiceOn(lookup, "/x")).toEqual({ kind: "upstream", upstream: DEFAULT, timeoutSeconds: 30 });
  });

  it("the request's own URL where the default is zone", () => {
    expect(chooseUpstream(neither, undefined, "zone", HOST)).toEqual({ kind: "zone", timeoutSeconds: 30 });
    expect(chooseUpstream({ kind: "none" }, undefined, "zone", HOST)).toEqual({ kind: "zone", timeoutSeconds: 30 });
  });

  it("the document's time limit for the default too", () => {
    const lookup = found({ upstreamTimeout: 300, ...documentWith({}) });
    expect(chooseUpstream(lookup, undefined, "zone", HOST)).toEqual({ kind: "zone", timeoutSeconds: 300 });
  });

  it("a policy's upstream on workers.dev and where the default is empty or invalid", () => {
    const rule = both.kind === "found" ? both.policy.ruleFor("/r") : undefined;
    const choice = { kind: "upstream", upstream: OF_RULE, timeoutSeconds: 5 };
    expect(chooseUpstream(both, rule, "zone", "x.workers.dev")).toEqual(choice);
    expect(chooseUpstream(both, rule, "empty", HOST)).toEqual(choice);
    expect(chooseUpstream(both, rule, "invalid", HOST)).toEqual(choice);
  });
});

describe("chooseUpstream takes none", () => {
  it.each([
    ["empty", HOST, "default-upstream-empty"],
    ["invalid", HOST, "default-upstream-invalid"],
    ["zone", "gateway.account.workers.dev", "default-upstream-empty"],
    ["zone", "workers.dev", "default-upstream-empty"],
  ] as const)("where the default is %s on %s", (fallback, hostname, code) => {
    for (const lookup of [
      found(documentWith({})),
      { kind: "none" },
      { kind: "unavailable", namesUpstream: false },
    ] as const) {
      expect(chooseUpstream(lookup, undefined, fallback, hostname)).toEqual({ kind: "none", code });
    }
  });

  it.each(["notworkers.dev", "workers.dev.example.com"])(
    "but zone on %s, which is no workers.dev hostname",
    (hostname) => {
      expect(chooseUpstream({ kind: "none" }, undefined, "zone", hostname)).toEqual({
        kind: "zone",
        timeoutSeconds: 30,
      });
    },
  );

  it.each(["zone", "empty", "invalid", DEFAULT] as const)(
    "where an unusable document names one, although the default is %j",
    (fallback) => {
      expect(chooseUpstream({ kind: "unavailable", namesUpstream: true }, undefined, fallback, HOST)).toEqual({
        kind: "none",
        code: "policy-unusable",
      });
    },
  );
});
