/** KV in memory, as the commands see it, able to fail and to be late. */

import { type Kv, type KvEntry, KvError } from "../../src/cli/kv.ts";

/** A step that a command takes with KV. */
interface KvStep {
  readonly verb: "get" | "put" | "delete" | "list";
  readonly key: string;
}

/** A KV whose inside a test can see and disturb. */
export interface MemoryKv extends Kv {
  readonly entries: Map<string, KvEntry>;
  /** Everything that was done so far. */
  readonly steps: KvStep[];
  /** Runs before each step; what it throws, the step rejects with. */
  before: (step: KvStep) => void;
  /** Runs after each step. */
  after: (step: KvStep) => void;
  /** What listings show from now on; undefined: what there is. */
  listed: ReadonlyMap<string, KvEntry> | undefined;
}

/** Makes an empty KV. */
export function createMemoryKv(): MemoryKv {
  const entries = new Map<string, KvEntry>();
  const listed = () => kv.listed ?? entries;
  async function step<Result>(verb: KvStep["verb"], key: string, action: () => Result): Promise<Result> {
    kv.steps.push({ verb, key });
    kv.before({ verb, key });
    const result = action();
    kv.after({ verb, key });
    return result;
  }
  const kv: MemoryKv = {
    name: "memory KV",
    entries,
    steps: [],
    before: () => undefined,
    after: () => undefined,
    listed: undefined,
    get: (key) =>
      step("get", key, () => {
        const value = entries.get(key)?.value;
        return value === undefined ? null : { value, metadata: listed().get(key)?.metadata ?? null };
      }),
    getText: (key) => step("get", key, () => entries.get(key)?.value ?? null),
    put: (key, value, metadata) => step("put", key, () => void entries.set(key, { value, metadata })),
    putAll: async (values, progress) => {
      for (const { key, value } of values) await kv.put(key, value, null);
      progress(values.length);
    },
    delete: (key) => step("delete", key, () => void entries.delete(key)),
    list: (prefix) =>
      step("list", prefix, () =>
        [...listed()]
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, { metadata }]) => ({ name, metadata }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      ),
    close: async () => undefined,
  };
  return kv;
}

/** A failure after which nobody knows whether the step was done. */
export function cutConnection(): KvError {
  return new KvError("the connection was cut");
}

/** A failure that says that the step was not done. */
export function refusal(): KvError {
  return new KvError("KV refused", undefined, true);
}
