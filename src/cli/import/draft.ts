/** What an importer makes of another library's options, before the policy language has had its say. */

/** A rule as the source means it. Any part of its lists may still turn out to be refused. */
export interface DraftRule {
  readonly name: string;
  readonly paths: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Seconds, 0 to 86400. */
  readonly maxAge: number;
  /** What paths begin with that the source treats by this rule and `paths` does not match; undefined where there are none. */
  readonly uncovered?: string;
}

/** The lists of a rule that come from the source. */
export type ListField = "allowOrigins" | "allowMethods" | "allowHeaders" | "exposeHeaders";

/** The source's own names of what became the lists. */
export type OptionNames = Readonly<Record<ListField, string>>;

/** All rules of a source; the first whose path matches, wins. */
export interface Draft {
  readonly rules: readonly DraftRule[];
  readonly optionNames: OptionNames;
}

/** Takes down that something of an option was granted by the source, and is not by the policy; or that it has no counterpart. */
export interface Remarks {
  refuse(option: string, message: string): void;
  leave(option: string, message: string): void;
}

/** One thing that is different now, and what to write instead. */
export interface Remark {
  readonly option: string;
  readonly message: string;
}
