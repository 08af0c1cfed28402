import { expect, it } from "vitest";
import { Memo } from "../../src/core/memo.ts";

function countingMemo(most: number) {
  const worked: string[] = [];
  const memo = new Memo(most, (text) => {
    worked.push(text);
    return { text };
  });
  return { memo, worked };
}

it("Memo gives the very same result while it is kept", () => {
  const { memo, worked } = countingMemo(2);
  const first = memo.get("a");
  expect(first).toEqual({ text: "a" });
  memo.get("b");
  expect(memo.get("a")).toBe(first);
  expect(worked).toEqual(["a", "b"]);
});

it("Memo forgets all of them rather than keep one too many", () => {
  const { memo, worked } = countingMemo(2);
  for (const text of ["a", "b", "c", "c", "a"]) memo.get(text);
  expect(worked).toEqual(["a", "b", "c", "a"]);
});

it("Memo keeps no room for texts that have no result", () => {
  const worked: string[] = [];
  const memo = new Memo(1, (text) => {
    worked.push(text);
    return text === "bad" ? undefined : { text };
  });
  const first = memo.get("a");
  expect(memo.get("bad")).toBeUndefined();
  expect(memo.get("bad")).toBeUndefined();
  expect(memo.get("a")).toBe(first);
  expect(worked).toEqual(["a", "bad", "bad"]);
});
