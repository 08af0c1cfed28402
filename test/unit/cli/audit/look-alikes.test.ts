import { describe, expect, it } from "vitest";
import { findLookAlikes } from "../../../../src/cli/audit/look-alikes.ts";

describe("findLookAlikes", () => {
  it.each([
    ["a digit for a letter", "example.com", "examp1e.com"],
    ["two letters for one", "example.com", "exarnple.com"],
    ["Cyrillic letters", "apple.com", "xn--pple-43d.com"],
    ["an accent", "example.com", "xn--exmple-cua.com"],
    ["another suffix beside it", "example.com", "examp1e.net"],
  ])("finds %s: %s and %s look the same", (_, first, second) => {
    expect(findLookAlikes([`app.${first}`, second])).toMatchObject([
      { host: second, resembles: first, how: "looks the same" },
    ]);
    expect(findLookAlikes([second, first])).toMatchObject([{ host: first, resembles: second }]);
  });

  it.each([
    ["letter more", "example.com", "examplee.com"],
    ["letter less", "example.com", "exmple.com"],
    ["other letter", "example.com", "exbmple.com"],
    ["pair of letters swapped", "example.com", "exmaple.com"],
    ["hyphen more", "my-shop.com", "myshop.com"],
  ])("finds one %s: %s and %s", (_, first, second) => {
    expect(findLookAlikes([first, second])).toMatchObject([
      { host: second, resembles: first, how: "one letter apart" },
    ]);
    expect(findLookAlikes([second, first])).toHaveLength(1);
  });

  it.each<[string, ...string[]]>([
    ["hosts of one domain", "app1.example.com", "apps.example.com", "app.example.com"],
    ["one name under several suffixes", "example.com", "example.org", "example.co.uk"],
    ["numbered names", "customer1.com", "customer2.com", "customer21.com"],
    ["short names", "abcd.com", "abce.com"],
    ["two letters of difference", "example.com", "exbmplf.com"],
    ["a letter gone here and another there", "abcdefgh.com", "bcdefghi.com"],
    ["addresses and single labels", "10.0.0.1", "10.0.0.2", "intranet", "intranets"],
    ["one host twice", "example.com", "example.com"],
  ])("says nothing of %s", (_, ...hosts) => {
    expect(findLookAlikes(hosts)).toEqual([]);
  });

  it("shows what people see of punycode", () => {
    expect(findLookAlikes(["apple.com", "id.xn--pple-43d.com"])[0]?.shownAs).toBe("\u0430pple.com");
  });

  it("names a domain once, however many hosts it has", () => {
    expect(findLookAlikes(["example.com", "a.examp1e.com", "b.examp1e.com"])).toHaveLength(1);
  });
});
