import { describe, expect, it } from "vitest";
import { countDenials } from "../../../src/cli/denial-log.ts";

type Fields = Readonly<Record<string, unknown>>;

function denial(fields: Fields = {}): string {
  return JSON.stringify({
    time: "2027-01-15T12:00:00.000Z",
    event: "denial",
    reason: "origin-not-allowed",
    class: "actual",
    hostname: "api.example.com",
    rule: "api",
    method: "GET",
    path: "/v1/x",
    origin: "https://evil.example",
    ...fields,
  });
}

/** What `wrangler tail --format json` prints for an invocation. */
function tailEvent(...messages: unknown[]): object {
  return { outcome: "ok", logs: messages.map((message) => ({ message: [message], level: "log" })), event: {} };
}

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.split("\n");
}

async function counted(...texts: string[]) {
  const { groups, ...rest } = await countDenials(linesOf(texts.join("\n")));
  return { ...rest, groups: groups.map(({ culprits, ...group }) => ({ ...group, culprits: [...culprits] })) };
}

describe("countDenials reads", () => {
  it.each([
    ["a plain line", denial()],
    ["a line after other text", `[info] console.log(): ${denial()}`],
    ["a line after other text with a brace", `GET /{x} 403 ${denial()}`],
    ["a coloured line", `\u001b[90m${denial()}\u001b[0m`],
    ["an event on one line", JSON.stringify(tailEvent(denial()))],
    ["an event over several lines", JSON.stringify(tailEvent(denial()), null, 2)],
    ["an event whose message is an object", JSON.stringify(tailEvent(JSON.parse(denial())), null, 2)],
  ])("%s", async (_, text) => {
    const { groups, ...rest } = await counted("", text, "");
    expect(rest).toEqual({ denials: 1, suppressed: 0, junk: 0 });
    expect(groups).toEqual([
      {
        hostname: "api.example.com",
        rule: "api",
        origin: "https://evil.example",
        reason: "origin-not-allowed",
        nearest: undefined,
        path: "/v1/x",
        isReportOnly: false,
        count: 1,
        first: "2027-01-15T12:00:00.000Z",
        last: "2027-01-15T12:00:00.000Z",
        culprits: [],
      },
    ]);
  });

  it("all messages of all events, whatever lies between them", async () => {
    const { denials, junk } = await counted(
      JSON.stringify(tailEvent(denial(), "something else", denial()), null, 2),
      "Connected to cors-gateway, waiting for logs...",
      JSON.stringify(tailEvent(denial()), null, 2),
    );
    expect({ denials, junk }).toEqual({ denials: 3, junk: 1 });
  });
});

describe("countDenials counts as junk", () => {
  it.each([
    ["text", "Ready on http://localhost:8787"],
    ["broken JSON", denial().slice(0, -5)],
    ["JSON that is no object", '["denial"]'],
    ["a denial without a time", denial({ time: undefined })],
    ["a denial whose time is none", denial({ time: "yesterday" })],
    ["a denial whose origin is no string", denial({ origin: 7 })],
    ["an event that never ends", "{"],
    ["a line that starts another event before the end", "}"],
  ])("%s", async (_, text) => {
    expect(await counted(text)).toEqual({ denials: 0, suppressed: 0, junk: 1, groups: [] });
  });

  it("each line of an event that is cut short, and goes on", async () => {
    const whole = JSON.stringify(tailEvent(denial()), null, 2);
    const cut = whole.split("\n").slice(0, 3).join("\n");
    expect(await counted(cut, whole)).toMatchObject({ denials: 1, junk: 3 });
  });

  it("neither the gateway's other lines nor events without a denial", async () => {
    const other = JSON.stringify({ time: "2027-01-15T12:00:00.000Z", event: "upstream-failing" });
    expect(await counted(other, JSON.stringify(tailEvent("x")))).toMatchObject({ denials: 0, junk: 0 });
  });
});

describe("countDenials groups", () => {
  it("by hostname, rule, origin and reason, most frequent first", async () => {
    const often = { origin: "https://often.example" };
    const { groups } = await counted(
      denial(),
      denial(often),
      denial({ hostname: "b.example.com" }),
      denial({ rule: "other" }),
      denial({ rule: undefined, reason: "no-rule" }),
      denial(often),
    );
    expect(groups.map(({ hostname, rule, origin, reason, count }) => [count, hostname, rule, origin, reason])).toEqual([
      [2, "api.example.com", "api", "https://often.example", "origin-not-allowed"],
      [1, "api.example.com", "api", "https://evil.example", "origin-not-allowed"],
      [1, "b.example.com", "api", "https://evil.example", "origin-not-allowed"],
      [1, "api.example.com", "other", "https://evil.example", "origin-not-allowed"],
      [1, "api.example.com", undefined, "https://evil.example", "no-rule"],
    ]);
  });

  it("with first and last time, whatever the order of the lines", async () => {
    const at = (minute: string) => denial({ time: `2027-01-15T12:${minute}:00.000Z` });
    const { groups } = await counted(at("30"), at("10"), at("20"));
    expect(groups[0]).toMatchObject({
      count: 3,
      first: "2027-01-15T12:10:00.000Z",
      last: "2027-01-15T12:30:00.000Z",
    });
  });

  it("with the methods or header names, a bounded number of them", async () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      denial({ reason: "header-not-allowed", culprit: `x-${index}` }),
    );
    const { groups } = await counted(...many);
    expect(groups[0]?.count).toBe(100);
    expect(groups[0]?.culprits).toHaveLength(20);
  });

  it("with a mark where any was only reported", async () => {
    expect((await counted(denial(), denial({ reportOnly: true }))).groups[0]?.isReportOnly).toBe(true);
  });
});

it("countDenials adds up what the gateway did not write", async () => {
  const { denials, suppressed } = await counted(denial({ suppressed: 17 }), denial(), denial({ suppressed: 5 }));
  expect({ denials, suppressed }).toEqual({ denials: 3, suppressed: 22 });
});
