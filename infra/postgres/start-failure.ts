import { Data } from "effect"

export type StartFailureReason =
  | "no-disk-space"
  | "no-permission"
  | "other-postgres-version"
  | "binaries-missing"
  | "folder-unreachable"
  | "wrong-password"
  | "timeout"
  | "failed"

/** Postgres cannot be had. `message` is for a person and holds no secret. */
export class PostgresCannotStart extends Data.TaggedError("PostgresCannotStart")<{
  readonly reason: StartFailureReason
  readonly message: string
}> {}

const SIGNS: readonly (readonly [RegExp, StartFailureReason])[] = [
  [/No space left on device|ENOSPC|EDQUOT|Disk quota exceeded/, "no-disk-space"],
  [/database files are incompatible|was initialized by PostgreSQL version/, "other-postgres-version"],
  [/Permission denied|EACCES|EPERM|EROFS|Read-only file system/, "no-permission"],
]

const ADVICE: Partial<Record<StartFailureReason, string>> = {
  "no-disk-space": "there is no space left on the disk of the data folder",
  "other-postgres-version": "the data folder belongs to another version of Postgres",
  "no-permission": "the data folder may not be written",
}

const LAST_LINES = 3

/** What went wrong, from the words of the server, of initdb or of the operating system. */
export const startFailureFrom = (what: string, output: string): PostgresCannotStart => {
  const reason = SIGNS.find(([sign]) => sign.test(output))?.[1] ?? "failed"
  const tail = output.trim().split("\n").slice(-LAST_LINES).join(" | ")
  const advice = ADVICE[reason]
  return new PostgresCannotStart({ reason, message: `${what}: ${advice === undefined ? "" : `${advice}: `}${tail}` })
}
