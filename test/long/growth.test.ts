import { expect, it } from "vitest";
import { GROWTH_SUBJECTS } from "../bench/growth-subjects.ts";
import { MAX_EXPONENT, measureGrowth } from "../bench/measure-growth.ts";

it.each(GROWTH_SUBJECTS)("time grows no faster than the size of $name", (subject) => {
  const { exponent, microseconds } = measureGrowth(subject);
  expect(exponent, microseconds.join(", ")).toBeLessThan(MAX_EXPONENT);
});

it("a quadratic function would be noticed", () => {
  const prepare = (size: number) => () => {
    let sum = 0;
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) sum += i ^ j;
    return sum;
  };
  expect(measureGrowth({ name: "", unit: "", from: 30, prepare }).exponent).toBeGreaterThan(MAX_EXPONENT);
});
