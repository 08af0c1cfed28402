import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { reportPage } from "../../../../src/cli/report/report-page.ts";
import { type ReportedPolicy, reportFile } from "../../../../src/cli/report/reported-policy.ts";

const NOW = Date.parse("2027-01-01T12:00:00Z");

function policy(document: unknown, hostname = "api.example.com"): ReportedPolicy {
  return reportFile({ path: `policies/${hostname}.json`, hostname, text: JSON.stringify(document) }, NOW);
}

const page = (...policies: ReportedPolicy[]) => reportPage(policies, "policies", NOW);

/** What a reader sees: no tags, one space for each gap. */
function textOf(markup: string): string {
  return markup
    .replace(/<style>[\s\S]*?<\/style>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&quot;", '"')
    .replace(/\s+/g, " ");
}

/** The cells of each row of the first matrix, as text. */
function matrixOf(markup: string): string[][] {
  const [, table = ""] = /<table class="matrix[^"]*">([\s\S]*?)<\/table>/.exec(markup) ?? [];
  return [...table.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = ""]) =>
    [...row.matchAll(/<(?:th|td)[^>]*>([\s\S]*?)<\/(?:th|td)>/g)].map(([, cell = ""]) => textOf(cell).trim()),
  );
}

const SHOP = {
  upstream: "https://origin.example.net",
  rules: [
    {
      name: "orders",
      paths: ["/v1/orders/*"],
      allowOrigins: [
        "https://shop.example.com",
        { origin: "https://trial.example.org", expires: "2027-01-20", owner: "growth", note: "campaign" },
        { origin: "https://gone.example.org", expires: "2026-12-31" },
      ],
      allowMethods: ["GET", "PUT"],
      allowCredentials: true,
      upstream: "https://orders.example.net",
    },
    { name: "widget", paths: ["/w/*"], allowOrigins: [{ list: "customers" }, "https://shop.example.com"] },
    { name: "public", allowOrigins: ["*"] },
  ],
};

describe("reportPage", () => {
  it("says who may call what, origin by origin and rule by rule", async () => {
    expect(matrixOf(await page(policy(SHOP)))).toEqual([
      ["Origin", "orders /v1/orders/*", "widget /w/*", "public /*"],
      ["https://shop.example.com", "GET PUT credentials", "GET HEAD POST", "–"],
      ["https://trial.example.org growth · campaign", "GET PUT credentials until 2027-01-20", "–", "–"],
      ["https://gone.example.org", "GET PUT credentials expired 2026-12-31", "–", "–"],
      ["list customers", "–", "GET HEAD POST", "–"],
      ["* (any origin)", "–", "–", "GET HEAD POST"],
    ]);
  });

  it("draws a band for each right that holds today, and none for one that has expired", async () => {
    const markup = await page(policy(SHOP));
    const picture = /<svg[\s\S]*<\/svg>/.exec(markup)?.[0] ?? "";
    // shop and trial to orders, shop and the list to widget, any to public; three rules to two upstreams.
    expect(picture.match(/<path /g)).toHaveLength(5 + 3);
    expect(textOf(picture)).toContain("3 origins and 1 list 3 rules 2 upstreams");
    expect(picture).not.toContain("gone.example.org");
    expect(picture).not.toMatch(/NaN|undefined/);
  });

  it("has the findings, the dates in order and the facts", async () => {
    const text = textOf(await page(policy(SHOP)));
    expect(text).toContain("medium An origin that is soon denied origin-expiring");
    expect(text).toContain('"https://trial.example.org" is denied after 2027-01-20 Fix: ask its owner, growth');
    expect(text).toMatch(
      /https:\/\/gone\.example\.org expired 2026-12-31 nobody – https:\/\/trial\.example\.org until 2027-01-20 growth campaign/,
    );
    expect(text).toMatch(/enforced 3 rules 4 origins and 1 list file, SHA-256 [0-9a-f]{8}/);
  });

  it("says of each rule who reads timings, and what the gateway writes for loads without CORS", async () => {
    const rules = [
      { name: "open", paths: ["/o"], allowOrigins: ["*"], timingAllowOrigin: true, resourcePolicy: "cross-origin" },
      { name: "closed", allowOrigins: ["*"], isolation: true },
    ];
    const text = textOf(await page(policy({ rules })));
    expect(text).toContain("Loads without CORS from any site Resource policy cross-origin Detailed timings yes");
    expect(text).toContain(
      "Loads without CORS not from other sites Resource policy as the upstream says Detailed timings as the upstream says",
    );
  });

  it("escapes whatever a policy says", async () => {
    const evil = `</td><script>alert(1)</script>"'&\u202e`;
    const origin = { origin: "https://a.example", owner: evil, note: evil, expires: "2027-01-02" };
    const markup = await page(
      policy({ rules: [{ name: "r", allowOrigins: [origin] }] }),
      policy({ rules: [{ name: evil, allowOrigins: [evil] }], [evil]: 1 }),
    );
    expect(markup).not.toMatch(/<script|alert\(1\)<\/script|\u202e/);
    expect(markup.match(/&lt;script&gt;alert\(1\)/g)?.length).toBeGreaterThan(5);
  });

  it("loads nothing, links nowhere else, and forbids it", async () => {
    const markup = await page(policy(SHOP), policy(SHOP, "b.example.com"));
    const outside =
      /\b(?:src|srcset|action|data|xlink:href)=|href="[^#]|url\(|@import|<(?:script|link|iframe|object|base)\b/;
    expect(markup.replace(/data-label=/g, "")).not.toMatch(outside);
    expect(markup).toContain(
      `http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"`,
    );
  });

  it("carries its style sheets as they are", async () => {
    const style = ["base.css", "report-page.css"]
      .map((name) => readFileSync(new URL(`../../../../src/cli/report/${name}`, import.meta.url), "utf8"))
      .join("\n");
    expect(await page(policy(SHOP))).toContain(`<style>\n${style}</style>`);
    expect(style).not.toContain("</style");
  });

  it("is well-formed, with one heading of the page, scopes on all headers, and no id twice", async () => {
    const markup = await page(policy(SHOP), policy(SHOP, "b.example.com"), policy({ rules: [] }, "bad.example.com"));
    const open: string[] = [];
    for (const [, slash, name = "", end] of markup
      .replace(/<style>[\s\S]*?<\/style>/, "")
      .matchAll(/<(\/?)([a-z][\w-]*)[^>]*?(\/?)>/g)) {
      if (slash) expect(open.pop()).toBe(name);
      else if (!end && name !== "meta") open.push(name);
    }
    expect(open).toEqual([]);
    expect(markup.match(/<h1/g)).toHaveLength(1);
    expect(markup.match(/<th(?! scope="(?:row|col)")[\s>]/g)).toBeNull();
    const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of markup.matchAll(/(?:href="#|aria-labelledby=")([^"]+)"/g)) expect(ids).toContain(id);
  });

  it("shows a document that cannot be used, with every issue", async () => {
    const text = textOf(
      await page(policy(SHOP), policy({ rules: [{ name: "r", allowOrigins: ["https://A.example/"] }] }, "bad.example")),
    );
    expect(text).toContain("bad.example 0 0 cannot be used");
    expect(text).toContain("This document cannot be used");
    expect(text).toContain("origin-with-path");
  });

  it("shows the versions that KV keeps, and which is in force", async () => {
    const kept = [
      { version: 3 },
      { version: 2, time: "2026-12-02T10:00:00.000Z", hash: "b".repeat(64), size: 246 },
      { version: 1, byHand: true },
    ];
    const published = { current: 2, kept };
    const text = textOf(await page({ ...policy(SHOP), published }));
    expect(text).toContain(
      `Versions 3 Version Pushed SHA-256 Size State 3 unknown unknown unknown never in force 2 2026-12-02 10:00:00Z ${"b".repeat(16)} 246 bytes in force 1 unknown unknown unknown put by hand`,
    );
    const byHand = textOf(await page({ ...policy(SHOP), published: { current: undefined, kept: [] } }));
    expect(byHand).toContain("The document in force was put by hand: SHA-256");
  });

  it("is the same for the same policies and day", async () => {
    expect(await page(policy(SHOP))).toBe(await page(policy(SHOP)));
  });

  it("puts origins with the same access together where there are many", async () => {
    const allowOrigins = Array.from({ length: 1000 }, (_, index) => ({
      origin: `https://c${index}.example`,
      owner: "x",
    }));
    const markup = await page(
      policy({
        rules: [
          { name: "a", paths: ["/a"], allowOrigins },
          { name: "b", allowOrigins: [allowOrigins[0]] },
        ],
      }),
    );
    const [head, first, most] = matrixOf(markup);
    expect(head).toEqual(["Origin", "a /a", "b /*"]);
    expect(most?.[0]).toMatch(/^999 origins https:\/\/c1\.example .* and 799 more: the document has them all$/);
    expect(most?.slice(1)).toEqual(["GET HEAD POST", "–"]);
    expect(first).toEqual(["https://c0.example x", "GET HEAD POST", "GET HEAD POST"]);
    expect(textOf(markup)).toContain("999 origins");
  });

  it("stays readable with 500 rules and 1,000 origins", async () => {
    const rules = Array.from({ length: 500 }, (_, rule) => ({
      name: `r${rule}`,
      paths: [`/r${rule}/*`],
      allowOrigins: Array.from(
        { length: 1 + (rule % 20) },
        (_, index) => `https://c${(rule * 37 + index * 17) % 1000}.example`,
      ),
      upstream: `https://u${rule % 40}.example.net`,
    }));
    const markup = await page(policy({ rules }));
    const picture = /<svg[\s\S]*<\/svg>/.exec(markup)?.[0] ?? "";
    expect(picture.match(/<rect /g)?.length).toBeLessThanOrEqual(3 * 14);
    expect(textOf(picture)).toContain("487 more rules");
    expect(textOf(picture)).toContain("27 more upstreams");
    const [head, ...rows] = matrixOf(markup);
    expect(head).toEqual(["Origin", "Rules", "By which it may call"]);
    expect(rows).toHaveLength(40);
    const reach = rows.map(([, count]) => Number(count));
    expect(reach).toEqual(reach.toSorted((a, b) => b - a));
    expect(markup.length).toBeLessThan(1_000_000);
    expect(textOf(markup)).toMatch(/Not shown: \d+ origins with access to fewer rules, or as many/);
    expect(textOf(markup)).toContain("and 480 more: cors-gateway audit names them all");
  });
});
