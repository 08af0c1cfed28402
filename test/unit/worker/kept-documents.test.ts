/** What an isolate remembers of KV's answers, and how much of it. */

import { beforeEach, describe, expect, it } from "vitest";
import { KeptDocuments } from "../../../src/worker/kept-documents.ts";
import { judge, shortly } from "../../support/fake-data-centre.ts";

const LIMITS = { fresh: 15, hard: 60, absentFresh: 10, absentHard: 60 };
const MIB = 1024 * 1024;

let kept: KeptDocuments<string>;
let reports: [key: string, kept: boolean][];

beforeEach(() => {
  reports = [];
  kept = new KeptDocuments(LIMITS, judge, (key, isKept) => reports.push([key, isKept]));
});

const learn = (key: string, text: string | null, readAt = 0, now = readAt) =>
  kept.learn(key, text === null ? null : { text, version: undefined }, readAt, now);

/** What is known at a time, as `<what>`, then ` fresh` or ` usable`. */
function recall(keys: string[], now = 0): string | undefined {
  const recalled = kept.recall(keys, now);
  if (recalled === undefined) return undefined;
  return shortly(recalled.known) + (recalled.isFresh ? " fresh" : recalled.isUsable ? " usable" : "");
}

describe("recall", () => {
  it.each([
    [0, "v1 fresh"],
    [14, "v1 fresh"],
    [15, "v1 usable"],
    [59, "v1 usable"],
    [60, "v1"],
    [1999, "v1~1"],
    [-1, "v1"],
  ])("of a document %i ms old says %s", (age, expected) => {
    learn("a", "v1", 100);
    expect(recall(["a"], 100 + age)).toBe(expected);
  });

  it.each([
    [9, "none fresh"],
    [10, "none usable"],
    [60, "none"],
    [-1, "none"],
  ])('of "no such key" %i ms old says %s', (age, expected) => {
    learn("a", null, 100);
    expect(recall(["a"], 100 + age)).toBe(expected);
  });

  it("knows nothing where a closer key was never asked for", () => {
    learn("*", "w1");
    expect(recall(["a", "*"])).toBeUndefined();
    learn("a", null);
    expect(recall(["a", "*"])).toBe("w1 fresh");
  });

  it("relies on the least reliable answer of those it needs, and asks for no others", () => {
    learn("a", null, 0);
    learn("*", "w1", 9, 9);
    expect(recall(["a", "*", "never asked"], 9)).toBe("w1 fresh");
    expect(recall(["a", "*"], 10)).toBe("w1 usable");
    expect(recall(["a", "*"], 60)).toBe("w1");
    learn("a", "own", 60, 60);
    expect(recall(["a", "*"], 60)).toBe("own fresh");
  });
});

describe("learn", () => {
  it("says when an unusable document is usable again, and knows since when KV has said what it says", () => {
    const texts = ["v1", "v1", "bad", "bad", "bad 2", "v1", null, null, "v2"];
    const learned = texts.map((text, at) => [learn("a", text, at), kept.changedAt(["a"])]);
    expect(learned).toEqual([
      [false, 0],
      [false, 0],
      [false, 2],
      [false, 2],
      [false, 4],
      [true, 5],
      [false, 6],
      [false, 6],
      [false, 8],
    ]);
    expect(reports).toEqual([
      ["a", true],
      ["a", true],
    ]);
  });

  it("takes a version without a new text for a change", () => {
    kept.learn("a", { text: "v", version: 1 }, 0, 0);
    kept.learn("a", { text: "v", version: 2 }, 1, 1);
    expect(kept.changedAt(["a"])).toBe(1);
    expect(recall(["a"], 1)).toBe("v@2 fresh");
  });

  it("keeps the version of the document in force, not of the one that cannot be used", () => {
    kept.learn("a", { text: "v", version: 1 }, 0, 0);
    kept.learn("a", { text: "bad", version: 2 }, 1, 1);
    expect(recall(["a"], 1)).toBe("v@1 fresh");
  });

  it("reads the same text once only", () => {
    let judged = 0;
    kept = new KeptDocuments(LIMITS, (text) => judge(`${text}${++judged}`), Object);
    learn("a", "v", 0);
    learn("a", "v", 20);
    expect(recall(["a"], 20)).toBe("v1 fresh");
  });

  it.each([
    ["v2", "v1"],
    ["v2", null],
    [null, "v1"],
    ["v2", "bad"],
  ])("never puts an earlier answer over a later one: %s, then %s of before", (late, early) => {
    learn("a", late, 10, 10);
    const known = recall(["a"], 10);
    expect(learn("a", early, 9, 10)).toBe(false);
    expect(recall(["a"], 10)).toBe(known);
    expect(reports).toEqual([]);
  });

  it("takes an answer that seems earlier because the clock was set back", () => {
    learn("a", "v1", 1000, 1000);
    learn("a", "v2", 10, 10);
    expect(recall(["a"], 10)).toBe("v2 fresh");
  });

  it("has one answer for a key: a document ends `no such key`, and that ends the document", () => {
    learn("a", null, 0);
    learn("a", "v1", 1);
    expect(recall(["a"], 1)).toBe("v1 fresh");
    learn("a", null, 2);
    expect(recall(["a"], 2)).toBe("none fresh");
    expect(learn("a", "bad", 3)).toBe(false);
    expect(recall(["a"], 3)).toBe("unusable fresh");
  });
});

it("changedAt and absent: when what is known of some keys changed last, and which of them do not exist", () => {
  const texts = { a: ["v1", "v1", "v1", "bad", "bad", null, null], "*": [null, null, "w", "w", "w", "w", "w"] };
  const known = [...texts.a.keys()].map((index) => {
    for (const [key, said] of Object.entries(texts)) learn(key, said[index] ?? null, 10 * (index + 1));
    return [kept.changedAt(["a", "*"]), ...kept.absent(["a", "*"])];
  });
  expect(known).toEqual([[10, "*"], [10, "*"], [30], [40], [40], [60, "a"], [60, "a"]]);
});

describe("adopt", () => {
  const adopt = (text: string) => kept.adopt({ key: "a", text, version: 1 });

  it("puts the good document in force over which the unusable one was put, and no more than that", () => {
    learn("a", "bad");
    adopt("bad too");
    expect(recall(["a"])).toBe("unusable fresh");
    adopt("v1");
    expect(recall(["a"])).toBe("v1@1 fresh");
    adopt("v0");
    expect(recall(["a"])).toBe("v1@1 fresh");
    expect(learn("a", "bad", 1)).toBe(false);
    expect(recall(["a"], 1)).toBe("v1@1 fresh");
    expect(learn("a", "v2", 2)).toBe(true);
    expect(recall(["a"], 2)).toBe("v2 fresh");
  });

  it("changes nothing where KV has a usable document, has none, or was not asked", () => {
    adopt("v0");
    expect(recall(["a"])).toBeUndefined();
    learn("a", null);
    adopt("v0");
    expect(recall(["a"])).toBe("none fresh");
    learn("a", "v1");
    adopt("v0");
    expect(recall(["a"])).toBe("v1 fresh");
  });
});

describe("what is kept is bounded", () => {
  it("documents by the length of their texts: those not read for longest go", () => {
    const large = "x".repeat(8 * MIB);
    for (const key of ["a", "b", "c", "d"]) learn(key, large);
    learn("a", large, 1);
    learn("e", large, 1);
    expect(["a", "b", "c", "d", "e"].filter((key) => recall([key], 1) !== undefined)).toEqual(["a", "c", "d", "e"]);
  });

  it("a text that is put in another's place counts once, and one that is gone not at all", () => {
    for (let i = 0; i < 20; i++) learn("a", `${i}${"x".repeat(8 * MIB)}`, i);
    learn("b", "x".repeat(20 * MIB), 20);
    expect(recall(["a"], 20)).toBeDefined();
    learn("b", null, 21);
    learn("c", "x".repeat(20 * MIB), 22);
    expect(recall(["a"], 22)).toBeDefined();
  });

  it("a document larger than all that may be kept is kept alone", () => {
    learn("a", "v1");
    learn("b", "x".repeat(33 * MIB));
    expect(recall(["a"])).toBeUndefined();
    expect(recall(["b"])).toBeDefined();
  });

  it('"no such key" by number, apart from the documents: those neither read nor asked for longest go', () => {
    learn("document", "v1");
    learn("first", null);
    learn("second", null);
    learn("third", null, -1);
    for (let i = 0; i < 9_997; i++) learn(`made-up-${i}`, null);
    learn("first", null, 1);
    expect(recall(["third", "document"], 1)).toBe("v1 fresh");
    expect(kept.changedAt(["third"])).toBe(-1);
    learn("last", null, 1);
    learn("very last", null, 1);
    expect(recall(["document"])).toBe("v1 fresh");
    expect(recall(["first"], 1)).toBe("none fresh");
    expect(recall(["second"])).toBeUndefined();
    expect(recall(["third"])).toBe("none fresh");
    expect(recall(["made-up-0"])).toBeUndefined();
    expect(recall(["made-up-1"])).toBe("none fresh");
  });
});
