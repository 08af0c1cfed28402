/** Every fault of Cloudflare's API in every step of a push, through the real wrangler. */

import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ApiRequest, Fault } from "../support/fake-kv-api.ts";
import { complaintOf, createRemoteProject, policyText, type RemoteProject } from "../support/policy-project.ts";

const OLD = policyText("https://app.example.com");
const NEW = policyText("https://app.example.com", "https://partner.example");
const KEY = "policy/api.example.com";

const FAULTS: readonly (readonly [Fault, RegExp])[] = [
  ["unauthorized", /refused the login \(401\)/],
  ["too many requests", /too many requests from this account \(429\)/],
  ["internal error", /internal server error|in trouble \(500/],
  ["bad gateway", /in trouble \(502/],
  ["cut", /the connection to Cloudflare's API failed/],
];

/** The steps before the new document is in force. */
const STEPS = [
  "GET values policy/",
  "GET keys policy/",
  "GET keys history/",
  "GET values history/",
  "PUT values history/",
  "PUT values policy/",
];

/** Pushes while a step goes wrong each time that it is tried. */
async function pushWith(
  project: RemoteProject,
  fault: Fault,
  isStep: (request: ApiRequest) => boolean,
  ...options: string[]
) {
  let failures = 0;
  project.api.fault = (request) => {
    if (!isStep(request)) return undefined;
    failures++;
    return fault;
  };
  const result = await project.cli("push", "api.example.com", "--yes", ...options);
  expect(failures).toBeGreaterThan(0);
  return result;
}

const isStep = (step: string) => (request: ApiRequest) =>
  `${request.method} ${request.what} ${request.key}`.startsWith(step);

describe.concurrent.each(STEPS)("a push that fails at %s", (step) => {
  it.each(FAULTS)("with %s leaves the old policy in force and says so", async (fault, words) => {
    const project = await createRemoteProject(OLD, NEW);
    try {
      const result = await pushWith(project, fault, isStep(step));
      expect(result.code).toBe(2);
      expect(complaintOf(result)).toMatch(words);
      expect(complaintOf(result)).toMatch(
        /nothing was pushed|the old stays in force: api\.example\.com \(version 1\)$/,
      );
      const { entries } = project.api;
      expect(entries.get(KEY)).toMatchObject({ value: OLD, metadata: { version: 1 } });
      expect(entries.get("history/api.example.com/1")?.value).toBe(OLD);
      // What did get as far as the history is whole.
      for (const [key, { value }] of entries) expect([OLD, NEW], key).toContain(value);
    } finally {
      await project.remove();
    }
  });
});

describe.concurrent("a push that fails so late that the new policy is in force", () => {
  it("because the answer was lost, says so", async () => {
    const project = await createRemoteProject(OLD, NEW);
    try {
      const result = await pushWith(project, "cut after", isStep("PUT values policy/"));
      expect(result.code).toBe(0);
      expect(complaintOf(result)).toMatch(/^warning: the connection .* version 2 of api\.example\.com did arrive$/);
      expect(project.api.entries.get(KEY)?.value).toBe(NEW);
    } finally {
      await project.remove();
    }
  });

  it("because the answer was lost, says so whatever wrangler warns of in wrangler.toml", async () => {
    const project = await createRemoteProject(OLD, NEW);
    try {
      const { namespace } = project.api;
      // Without the rate limits of the top level.
      const environment = `\n[env.production]\nkv_namespaces = [{ binding = "POLICIES", id = "${namespace}" }]\n`;
      await appendFile(join(project.folder, "wrangler.toml"), environment);
      const result = await pushWith(project, "cut after", isStep("PUT values policy/"), "--env", "production");
      expect(complaintOf(result)).toMatch(/^warning: the connection .* version 2 of api\.example\.com did arrive$/);
      expect(result.code).toBe(0);
    } finally {
      await project.remove();
    }
  });

  it("and then cannot be looked at, says that nobody knows", async () => {
    const project = await createRemoteProject(OLD, NEW);
    try {
      let isDown = false;
      const result = await pushWith(project, "cut after", ({ method, key }) => {
        isDown ||= method === "PUT" && key === KEY;
        return isDown;
      });
      expect(result.code).toBe(2);
      expect(complaintOf(result)).toMatch(
        /nobody knows .*; see what is in force with: cors-gateway history api\.example\.com$/,
      );
    } finally {
      await project.remove();
    }
  });

  it.each(FAULTS)("with %s when old versions are deleted, is a push with a warning", async (fault, words) => {
    const project = await createRemoteProject(OLD, NEW);
    try {
      const { value = "", metadata } = project.api.entries.get(KEY) ?? {};
      for (let version = 2; version <= 50; version++) {
        const entry = { value, metadata: Object.assign({}, metadata, { version }) };
        project.api.entries.set(`history/api.example.com/${version}`, entry);
        project.api.entries.set(KEY, entry);
      }
      const result = await pushWith(project, fault, isStep("DELETE values history/"));
      expect(result.code).toBe(0);
      expect(complaintOf(result)).toMatch(/^warning: the history of api\.example\.com was not tidied: /);
      expect(complaintOf(result)).toMatch(words);
      expect(project.api.entries.get(KEY)).toMatchObject({ value: NEW, metadata: { version: 51 } });
    } finally {
      await project.remove();
    }
  });
});
