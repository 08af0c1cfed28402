/** What a page does for the tests of the model: it fetches, and says what it can read. */

import type { PageFetch } from "../support/browser-model/browser-model.ts";
import type { Verdict } from "../support/browser-model/checks.ts";
import type { Tab } from "./browsers.ts";

/** What a page can say of a fetch. */
export type Outcome =
  | { readonly kind: "read"; readonly url: string; readonly status: number; readonly names: readonly string[] }
  | { readonly kind: "opaque" }
  | { readonly kind: "error" };

/** A verdict of the model, as far as a page could know it. */
export function outcomeOf(verdict: Verdict): Outcome {
  return verdict.kind === "error" ? { kind: "error" } : verdict;
}

/** What a page asks for: as {@link PageFetch}, without the origin, which is its own. */
export type Asked = Omit<PageFetch, "origin">;

/** Fetches in a page: the fetches of a group in turn, some groups at a time. */
export function fetchInPage(tab: Tab, groups: readonly (readonly Asked[])[]): Promise<Outcome[][]> {
  return tab.run(async (given: readonly (readonly Asked[])[]): Promise<Outcome[][]> => {
    const fetchOne = async ({ url, method, headers, mode, credentials }: Asked): Promise<Outcome> => {
      try {
        const response = await fetch(url, {
          method,
          headers: headers.map(([name, value]): [string, string] => [name, value]),
          mode,
          credentials,
        });
        if (response.type === "opaque") return { kind: "opaque" };
        await response.arrayBuffer();
        return { kind: "read", url: response.url, status: response.status, names: [...response.headers.keys()] };
      } catch {
        return { kind: "error" };
      }
    };
    const outcomes: Outcome[][] = [];
    const waiting = [...given.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const group: Outcome[] = [];
        outcomes[next[0]] = group;
        for (const asked of next[1]) group.push(await fetchOne(asked));
      }
    };
    await Promise.all([work(), work(), work(), work()]);
    return outcomes;
  }, groups);
}
