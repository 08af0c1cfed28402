/** The variables of wrangler.toml: their defaults and bounds are what the file itself says. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Env, readSettings, type SettingFault } from "../../../src/worker/settings.ts";
import { DEFAULT_TIMES } from "../../support/fake-data-centre.ts";

/** As wrangler.toml documents them: `NAME = "default" # least..most: …`. */
const documented = [
  ...readFileSync(new URL("../../../wrangler.toml", import.meta.url), "utf8").matchAll(
    /^(POLICY_[A-Z_]+) = "(\d+)" +# (\d+)\.\.(\d+): /gm,
  ),
].map(([, name = "", usual, least, most]) => ({
  name,
  usual: Number(usual),
  least: Number(least),
  most: Number(most),
}));

function read(variables: Readonly<Record<string, unknown>>) {
  const faults: SettingFault[] = [];
  const settings = readSettings(variables as unknown as Env, (fault) => faults.push(fault));
  return { ...settings, faults };
}

/** The value of a time, by its variable. */
function timeOf(name: string, value: unknown): { seconds: number | undefined; faults: SettingFault[] } {
  const { times, faults } = read({ [name]: value, DEFAULT_UPSTREAM: "zone" });
  const field = name
    .slice(7)
    .toLowerCase()
    .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { seconds: times[field as keyof typeof times], faults };
}

it("wrangler.toml documents every time there is", () => {
  expect(documented).toHaveLength(Object.keys(DEFAULT_TIMES).length);
});

it("the defaults are those of the design", () => {
  expect(read({ DEFAULT_UPSTREAM: "zone" })).toEqual({
    defaultUpstream: "zone",
    saysDecision: true,
    faults: [],
    times: {
      freshSeconds: 15,
      hardLimitSeconds: 60,
      staleWaitSeconds: 1,
      coldWaitSeconds: 2,
      readTimeoutSeconds: 10,
      retrySeconds: 5,
      maxRetrySeconds: 60,
      absentFreshSeconds: 10,
      absentLimitSeconds: 60,
    },
  });
});

describe.each(documented)("$name", ({ name, usual, least, most }) => {
  it(`is ${usual} where it is missing or blank`, () => {
    for (const value of [undefined, "", "  "]) expect(timeOf(name, value)).toEqual({ seconds: usual, faults: [] });
  });

  it(`may be ${least} to ${most}`, () => {
    for (const seconds of [least, most, usual]) {
      expect(timeOf(name, String(seconds))).toEqual({ seconds, faults: [] });
      expect(timeOf(name, seconds)).toEqual({ seconds, faults: [] });
    }
  });

  it("takes its default out of bounds, and says so", () => {
    for (const value of [least - 0.001, -1, most + 1, "NaN", "Infinity", "15s", "1,5", "null", "[object Object]"]) {
      expect(timeOf(name, value)).toEqual({
        seconds: usual,
        faults: [{ variable: name, found: String(value), expected: `${least}..${most} seconds` }],
      });
    }
  });
});

describe("DEFAULT_UPSTREAM", () => {
  it.each(["ftp://x", "x", "https://u:p@x", "https://x?y", "https://x#y", "ZONE"])(
    "refuses %s, and says so",
    (found) => {
      const { defaultUpstream, faults } = read({ DEFAULT_UPSTREAM: found });
      expect(defaultUpstream).toBe("invalid");
      expect(faults).toMatchObject([{ variable: "DEFAULT_UPSTREAM", found }]);
    },
  );
});

it('DECISION_HEADER is on but for "off"', () => {
  expect(["on", "off", "", undefined].map((value) => read({ DECISION_HEADER: value }).saysDecision)).toEqual([
    true,
    false,
    true,
    true,
  ]);
});
