import { describe, expect, it } from "vitest";
import { endOfDay } from "../../src/core/expiry.ts";

describe("endOfDay", () => {
  it.each([
    ["2027-01-31", "2027-02-01T00:00:00.000Z"],
    ["2026-12-31", "2027-01-01T00:00:00.000Z"],
    ["2028-02-29", "2028-03-01T00:00:00.000Z"],
    ["1970-01-01", "1970-01-02T00:00:00.000Z"],
  ])("of %s is the next day's first moment in UTC, %s", (day, moment) => {
    expect(endOfDay(day)).toBe(Date.parse(moment));
  });

  it.each([
    ...["", "tomorrow", "2027-02-29", "2027-02-30", "2027-04-31", "2027-13-01", "2027-00-01", "2027-01-00"],
    ...[
      "2027-1-31",
      "27-01-31",
      "20270131",
      "2027/01/31",
      "31-01-2027",
      " 2027-01-31",
      "2027-01-31\n",
      "2027-01-31T00:00:00Z",
      "+010000-01",
    ],
  ])("is undefined for %j", (text) => {
    expect(endOfDay(text)).toBeUndefined();
  });
});
