import { createServer, type IncomingMessage } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { awaitVersion, describeAnswer } from "../../../src/cli/await-version.ts";
import { closeServer, listen } from "../../support/servers.ts";

const servers: ReturnType<typeof createServer>[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await closeServer(server);
});

/** An edge that answers with these values of CORS-Decision in turn, the last one forever. */
async function startEdge(...decisions: (string | undefined)[]) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const decision = decisions[Math.min(asked.push(request), decisions.length) - 1];
    response.writeHead(403, decision === undefined ? {} : { "CORS-Decision": decision }).end();
  });
  servers.push(server);
  return { url: new URL(`http://127.0.0.1:${await listen(server)}/v1`), asked };
}

const quick = { timeoutSeconds: 0.3, intervalSeconds: 0.02 };

describe("awaitVersion", () => {
  it("asks with a preflight of a foreign origin until the version comes", async () => {
    const { url, asked } = await startEdge(
      "denied;reason=no-policy",
      "denied;reason=no-rule;version=6",
      "granted;version=7;rule=r",
    );
    const seen: string[] = [];
    const result = await awaitVersion(url, 7, { ...quick, onAnswer: ({ kind }) => seen.push(kind) });
    expect(result.version).toBe(7);
    expect(result.seconds).toBeGreaterThan(0.03);
    expect(seen).toEqual(["no version", "version", "version"]);
    expect(asked[0]).toMatchObject({
      method: "OPTIONS",
      url: "/v1",
      headers: { origin: "https://cors-gateway.invalid", "access-control-request-method": "GET" },
    });
  });

  it("is done by a newer version too", async () => {
    const { url } = await startEdge("denied;reason=no-rule;version=9");
    expect((await awaitVersion(url, 7, quick)).version).toBe(9);
  });

  it.each([
    ["an older version", "granted;rule=version-7;version=6", "it answers with version 6"],
    ["a decision without a version", "denied;reason=no-policy", "without a version"],
    ["a version that is no integer", "granted;version=7.5", "without a version"],
    ["no decision", undefined, 'carry no CORS-Decision: DECISION_HEADER is "off", or something stands before'],
  ])("gives up on %s, and says what came", async (_, decision, words) => {
    const { url, asked } = await startEdge(decision);
    const { version, last } = await awaitVersion(url, 7, quick);
    expect(version).toBeUndefined();
    expect(describeAnswer(last)).toContain(words);
    expect(asked.length).toBeGreaterThan(3);
  });

  it("asks until the time is up", async () => {
    const { url } = await startEdge("denied;reason=no-policy");
    const { version, seconds } = await awaitVersion(url, 7, { timeoutSeconds: 1.7, intervalSeconds: 0.6 });
    expect(version).toBeUndefined();
    expect(seconds).toBeGreaterThan(1.69);
  });

  it("gives up on an edge that is not there", async () => {
    const { url } = await startEdge();
    for (const server of servers.splice(0)) await closeServer(server);
    const { version, last } = await awaitVersion(url, 7, quick);
    expect(version).toBeUndefined();
    expect(describeAnswer(last)).toContain("ECONNREFUSED");
  });
});
