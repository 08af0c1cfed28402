/** The demo page, from both of its origins: every row says what a real browser did. */

import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { seedPolicies } from "../../src/demo/seed-policies.ts";
import { WRANGLER_CONFIG } from "../support/wrangler-config.ts";
import { findBrowsers, type Tab } from "./browsers.ts";
import { type Surroundings, startSurroundings } from "./surroundings.ts";

const POLICY = new URL("../../policies/localhost.json", import.meta.url);

/** A row: whether the page read the answer, its status, the gateway's decisions, and what reached the API. */
type Row = readonly [id: string, outcome: string, status: string, decisions: readonly string[], arrivals: string];

const BY_SHOP = "granted;rule=shop";
const BY_PUBLIC = "granted;rule=public";
const BY_METHOD = "denied;reason=method-not-allowed;rule=shop";
const BY_ORIGIN = "denied;reason=origin-not-allowed;rule=shop";

const AT_ALLOWED_ORIGIN: readonly Row[] = [
  ["read", "readable", "200", [BY_SHOP], "GET without a cookie"],
  ["write", "readable", "200", [BY_SHOP, BY_SHOP], "PUT without a cookie"],
  ["cookie", "readable", "200", [BY_SHOP], "GET without a cookie, GET with the cookie visits=1"],
  ["broken", "readable", "500", [BY_SHOP], "GET without a cookie"],
  ["delete", "blocked", "", [BY_METHOD, BY_METHOD], "nothing"],
  ["socket", "readable", "101", [BY_SHOP], "WebSocket with the cookie visits=2"],
  ["public", "readable", "200", [BY_PUBLIC], "GET without a cookie"],
  ["public-cookie", "blocked", "", [BY_PUBLIC], "GET without a cookie"],
];

const AT_OTHER_ORIGIN: readonly Row[] = [
  ["read", "blocked", "", [BY_ORIGIN], "nothing"],
  ["write", "blocked", "", [BY_ORIGIN, BY_ORIGIN], "nothing"],
  ["cookie", "blocked", "", [BY_ORIGIN], "nothing"],
  ["broken", "blocked", "", [BY_ORIGIN], "nothing"],
  ["delete", "blocked", "", [BY_ORIGIN, BY_ORIGIN], "nothing"],
  ["socket", "blocked", "", [BY_ORIGIN], "nothing"],
  ["public", "readable", "200", [BY_PUBLIC], "GET without a cookie"],
  ["public-cookie", "blocked", "", [BY_PUBLIC], "GET without a cookie"],
];

describe.each(findBrowsers().installed)("$name", (kind) => {
  let around: Surroundings;

  beforeAll(async () => {
    around = await startSurroundings(kind);
  });
  afterEach(({ task }) => around.finishTest(task));
  afterAll(() => around?.stop());

  async function openPage(url: string): Promise<Tab> {
    const tab = await around.open(url);
    await untilDone(tab);
    return tab;
  }

  test("the page at the allowed origin shows every call as it went", async () => {
    const tab = await openPage(around.demo.pageUrl);
    expect(await rowsOf(tab)).toEqual(AT_ALLOWED_ORIGIN);
    expect(await textOf(tab, "#standing")).toBe("allowed by the policy");
    expect(await textOf(tab, "#score")).toBe("This page could read 6 of 8 answers.");
    expect(tab.console?.filter((line) => line.startsWith("uncaught")) ?? []).toEqual([]);
  });

  test("the same page at the other origin shows every call as it went", async () => {
    const tab = await openPage(around.demo.otherPageUrl);
    expect(await rowsOf(tab)).toEqual(AT_OTHER_ORIGIN);
    expect(await textOf(tab, "#standing")).toBe("not allowed by the policy");
    expect(await textOf(tab, "#score")).toBe("This page could read 1 of 8 answers.");
    expect(tab.console?.filter((line) => line.startsWith("uncaught")) ?? []).toEqual([]);
  });

  test("the page shows that the API by itself would let every origin read, with credentials", async () => {
    const tab = await openPage(around.demo.otherPageUrl);
    const said = await textOf(tab, "#read .api");
    expect(said).toContain(`access-control-allow-origin: ${around.demo.otherPageUrl}`);
    expect(said).toContain("access-control-allow-credentials: true");
    expect(await textOf(tab, "#read .gateway")).not.toContain("access-control-");
  });

  test("the page links to itself at the other origin", async () => {
    const { pageUrl, otherPageUrl } = around.demo;
    for (const [url, other] of [
      [pageUrl, otherPageUrl],
      [otherPageUrl, pageUrl],
    ] as const) {
      const tab = await openPage(url);
      expect(await tab.run(() => document.querySelector<HTMLAnchorElement>("#other-page")?.origin)).toBe(other);
    }
  });

  test("a policy put into KV holds when the page runs again", async () => {
    const tab = await openPage(around.demo.pageUrl);
    const policy = await readFile(POLICY, "utf8");
    const changed = policy.replace('"PUT"]', '"PUT", "DELETE"]');
    expect(changed).not.toBe(policy);
    await seedPolicies(new Map([["policy/localhost", changed]]), WRANGLER_CONFIG, around.state);
    const runAgain = async () => {
      await tab.run(() => document.querySelector<HTMLButtonElement>("#run")?.click());
      await untilDone(tab);
      return tab.run(() => document.getElementById("delete")?.dataset.outcome);
    };
    await expect.poll(runAgain).toBe("readable");
  });
});

/** Resolves when the page has made its calls, fails when it could not. */
async function untilDone(tab: Tab): Promise<void> {
  const state = () => tab.run(() => document.documentElement.dataset.state);
  await expect.poll(state).toMatch(/done|failed/);
  expect(await state(), await textOf(tab, "#score")).toBe("done");
}

function rowsOf(tab: Tab): Promise<readonly Row[]> {
  return tab.run(() =>
    [...document.querySelectorAll<HTMLElement>(".call")].map(
      (card): Row => [
        card.id,
        card.dataset.outcome ?? "",
        card.dataset.status ?? "",
        [...card.querySelectorAll(".gateway .decision")].map((decision) => decision.textContent ?? ""),
        card.querySelector(".arrivals")?.textContent?.replace("Reached the API: ", "") ?? "",
      ],
    ),
  );
}

function textOf(tab: Tab, selector: string): Promise<string> {
  return tab.run((found: string) => document.querySelector(found)?.textContent ?? "", selector);
}
