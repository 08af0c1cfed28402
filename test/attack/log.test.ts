/** What a stranger sends, in the log. In a file of its own, because ten lines a second are for all hostnames. */

import { describe, expect, it } from "vitest";
import { EVIL, targetOfTests } from "./target.ts";

const target = targetOfTests();

describe("a log line", () => {
  it("cannot be forged, ended or coloured by anything that a stranger sends", async () => {
    const { ask, host } = target.putRules({});
    const forged = '{"time":"2026-01-01","event":"forged"}';
    const origins = [
      `${EVIL}"}${forged}`,
      `${EVIL}\u0085${forged}`,
      Buffer.from(`${EVIL}\u2028${forged}`).toString("latin1"),
      `${EVIL}\u009b31m`,
      `${EVIL}\u001b[31m`,
      `${EVIL}${"x".repeat(5000)}`,
    ];
    // Plain workerd has no cache here, and the gateway says so once.
    const said = () => target.gateway.log.filter(({ event }) => event !== "cache-failing");
    for (const origin of origins) await ask({ target: '/a%0a%1b[31m"?secret=1', headers: { Origin: origin } });
    await expect.poll(() => said().length).toBe(origins.length);
    for (const line of said()) {
      expect(line).toMatchObject({ event: "denial", reason: "origin-malformed", hostname: host });
      expect(line.path).toBe("/a%0a%1b[31m%22");
      expect(String(line.origin).length).toBeLessThan(300);
    }
    expect(target.gateway.noise).toEqual([]);
  });
});
