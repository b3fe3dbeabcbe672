import type { SourceFile, SourceTree } from "./source-tree.ts"

/** A rule of the house, with the proof that it can be broken. */
export interface Rule {
  /** The rule in plain words: the title of its test. */
  readonly rule: string
  /** `path:line what is wrong`, for each place. */
  readonly offences: (tree: SourceTree) => readonly string[]
  /** Small trees (path → source), each of which breaks the rule once. */
  readonly offenders: readonly Sources[]
  /** A tree that comes close and is allowed. */
  readonly allowed: Sources
}

export type Sources = Readonly<Record<string, string>>

/** A rule that looks at one file at a time. */
export const perFile =
  (check: (file: SourceFile) => readonly string[]) =>
  (tree: SourceTree): readonly string[] =>
    tree.flatMap(check)

export const at = (file: SourceFile, line: number, what: string): string => `${file.path}:${line} ${what}`
