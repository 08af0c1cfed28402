/** What one list of methods or header names has and another has not; `*` stands for every name but `authorization`. */

import { NON_WILDCARD_REQUEST_HEADER } from "../http-names.ts";

/** Methods, or request-header names. */
interface NameList {
  /** True where the list has `*`. */
  readonly any: boolean;
  /** The others. */
  readonly names: ReadonlySet<string>;
}

/** What `*` among the names does not stand for. */
export function butOf(names: readonly string[], known: readonly string[]): { but?: readonly string[] } {
  const but = known.filter((name) => !names.includes(name));
  return names[0] === "*" && but.length > 0 ? { but: [...new Set(but)] } : {};
}

/** What a list has and another has not. */
export function beyond(more: NameList, less: NameList): NameList {
  const isNew = (name: string) => !less.names.has(name) && (!less.any || name === NON_WILDCARD_REQUEST_HEADER);
  return { any: more.any && !less.any, names: new Set([...more.names].filter(isNew)) };
}

/** `*` says what all names but `authorization` would. */
export function namesOf({ any, names }: NameList): string[] {
  const listed = [...names];
  return any ? ["*", ...listed.filter((name) => name === NON_WILDCARD_REQUEST_HEADER)] : listed;
}

/** Methods as people write them: GET implies HEAD. */
export function visibleMethods(methods: NameList): string[] {
  return namesOf(methods).filter((name) => name !== "HEAD" || !methods.names.has("GET"));
}

/** A name that neither list has. */
export function unlisted(a: NameList, b: NameList): string {
  const isTaken = (name: string) => [a, b].some(({ names }) => names.has(name) || names.has(name.toUpperCase()));
  let name = "x-any";
  while (isTaken(name)) name += "-other";
  return name;
}

/** What a list of response headers has and another has not, in any case; nothing where that has `*`. */
export function exposedBeyond(more: readonly string[], less: readonly string[]): string[] {
  if (less.includes("*")) return [];
  const known = new Set(less.map((name) => name.toLowerCase()));
  return more.filter((name) => !known.has(name.toLowerCase()));
}
