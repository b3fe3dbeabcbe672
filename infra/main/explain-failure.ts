import { CliFailure, EXIT, type ExitCode } from "./exit.ts"

export interface Explained {
  readonly message: string
  readonly exitCode: ExitCode
}

/** Failures whose message is written for a person already. */
const START_FAILURES = new Set([
  "PostgresCannotStart", "SecretsUnreadable", "SchemaTooNew", "NodeFolderTaken", "EngineUnavailable",
  "RedisCannotStart", "MongoCannotStart", "EventLogRefused", "CredentialsUnreadable", "NodeSignerUnreadable",
])

const isStartFailure = (error: unknown): error is Error =>
  error instanceof Error && START_FAILURES.has("_tag" in error ? String(error._tag) : error.name)

/** Tagged failures carry their words as `message` or as `reason`. */
const wordsOf = (error: Error): string => (error.message === "" && "reason" in error ? String(error.reason) : error.message)

interface SystemError {
  readonly code: string
  readonly message: string
  readonly port?: number
  readonly path?: string
}

/** Any failure as one line for a person and the exit code that goes with it. Follows `cause` to what the system said. */
export const explainFailure = (error: unknown): Explained => {
  if (error instanceof CliFailure) return { message: oneLine(error.message), exitCode: error.exitCode }
  if (isStartFailure(error)) return { message: oneLine(wordsOf(error)), exitCode: EXIT.cannotStart }
  const system = systemErrorIn(error)
  if (system !== null) return explainSystemError(system)
  return { message: oneLine(describe(error)), exitCode: EXIT.failure }
}

const explainSystemError = (error: SystemError): Explained => {
  const at = error.path === undefined ? "" : ` (${error.path})`
  switch (error.code) {
    case "EADDRINUSE": {
      const port = error.port === undefined ? "a port" : `port ${error.port}`
      return { message: `${port} is taken; choose another one (0 = any free one)`, exitCode: EXIT.cannotStart }
    }
    case "ENOSPC":
      return { message: `no space left on the disk${at}; free some and start again`, exitCode: EXIT.cannotStart }
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return { message: `no permission${at}: ${oneLine(error.message)}`, exitCode: EXIT.cannotStart }
    case "ENOTDIR":
    case "EEXIST":
      return { message: `not a folder${at}`, exitCode: EXIT.cannotStart }
    case "ECONNREFUSED":
      return { message: `nothing answers there: ${oneLine(error.message)}`, exitCode: EXIT.failure }
    default:
      return { message: oneLine(error.message), exitCode: EXIT.failure }
  }
}

const MAX_CAUSES = 8

const systemErrorIn = (error: unknown): SystemError | null => {
  let current = error
  for (let depth = 0; depth < MAX_CAUSES && typeof current === "object" && current !== null; depth += 1) {
    if (isSystemError(current)) return current
    current = "cause" in current ? current.cause : null
  }
  return null
}

const isSystemError = (error: object): error is SystemError =>
  "code" in error && typeof error.code === "string" && /^E[A-Z]+$/.test(error.code) && "message" in error

/** Tagged failures and rejections are data: the tag in words, then what it carries. */
const describe = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return String(error)
  const tag = "_tag" in error && typeof error._tag === "string" ? words(error._tag) : null
  if (tag === null) return error instanceof Error ? error.message || error.name : JSON.stringify(error)
  const message = error instanceof Error && error.message !== "" ? [error.message] : []
  const shown = Object.entries(error)
    .filter(([key, value]) => key !== "_tag" && key !== "message" && ["string", "number", "bigint"].includes(typeof value))
    .map(([key, value]) => `${words(key)} ${value}`)
  return [tag, ...message, ...shown].join(", ").replace(", ", ": ")
}

const words = (name: string): string => name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^[A-Z]/, (l) => l.toLowerCase())

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ").trim()
