import { pino, type Logger } from "pino"
import { styleText } from "node:util"
import type { LogLevel } from "./log-level.ts"

export interface LogTarget {
  readonly write: (line: string) => unknown
  readonly isTTY?: boolean
}

/** Structured logs on stderr: one readable line each on a terminal, JSON elsewhere or with `LOG_FORMAT=json`. */
export const makeLogger = (level: LogLevel, target: LogTarget = process.stderr): Logger => {
  const pretty = process.env["LOG_FORMAT"] === "text" || (target.isTTY === true && process.env["LOG_FORMAT"] !== "json")
  const write = (line: string): void => {
    const safe = withoutSecrets(line)
    target.write(pretty ? `${toReadable(safe)}\n` : safe)
  }
  const redact = { paths: SECRET_FIELDS, censor: HIDDEN }
  const formatters = { log: withoutSecretFields }
  return pino({ level, base: null, redact, formatters, serializers: { err: errorFields } }, { write })
}

/** Not what drivers hang on their errors: a database client with all of its settings, say. */
const errorFields = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {}
  return { type: error.name, message: error.message, ...code, stack: error.stack }
}

const HIDDEN = "[secret]"
/** Deeper than this a log line has nothing to say. */
const MAX_DEPTH = 4

/** Fields whose value is never shown: secrets, and what clients and models say. Nobody passes the latter; this is the second lock. */
const SECRET_FIELDS = [
  "apiKey", "api_key", "secret", "password", "pepper", "rootKey", "privateKey", "token", "adminToken", "authorization", "cookie", "credentials",
  "messages", "prompt", "content", "answer", "text", "delivered_text", "deliveredText", "body", "headers",
]
const IS_SECRET: ReadonlySet<string> = new Set(SECRET_FIELDS)

/** pino's own redaction is for the top level, children's bindings included: its wildcards cost 30 microseconds a line for each level. */
const withoutSecretFields = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, isPlain(value) ? nested(value, 1) : value]))

const nested = (value: object, depth: number): unknown => {
  if (depth > MAX_DEPTH) return "[deeper]"
  const safe = (name: string, inner: unknown): unknown =>
    IS_SECRET.has(name) ? HIDDEN : isPlain(inner) ? nested(inner, depth + 1) : inner
  if (Array.isArray(value)) return value.map((inner) => safe("", inner))
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, safe(name, inner)]))
}

/** Errors and what knows how to show itself are left to their serializers. */
const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !(value instanceof Error) && !("toJSON" in value)

/** Whatever field or message it hides in: keys, seeds, bearer tokens and passwords in URLs never reach a log. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/rk_(test|live)_([0-9A-Za-z]{12})_\w+/g, "rk_$1_$2_[secret]"],
  // The password may hold an @: the last one before the path is the end of it.
  [/([a-z]:\/\/[^:@/\s"]*):[^/\s"]*@/gi, "$1:[secret]@"],
  [/\b(bearer)\s+[\w.~+/=-]{16,}/gi, "$1 [secret]"],
  // A NATS nkey seed.
  [/\bS[UAOCNX][A-Z2-7]{56}\b/g, "[secret]"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*PRIVATE KEY-----)?/g, "[secret]"],
]

const withoutSecrets = (line: string): string => SECRET_TEXTS.reduce((safe, [secret, shown]) => safe.replace(secret, shown), line)

const LEVEL_NAMES: Readonly<Record<number, string>> = { 10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal" }
const COLORS = { trace: "dim", debug: "dim", info: "cyan", warn: "yellow", error: "red", fatal: "red" } as const

const toReadable = (line: string): string => {
  const { level, time, msg, err, ...rest }: Record<string, unknown> = JSON.parse(line)
  const name = LEVEL_NAMES[Number(level)] ?? "info"
  const color = COLORS[name as keyof typeof COLORS]
  const clock = new Date(Number(time)).toISOString().slice(11, 19)
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
  const reason = isMessage(err) ? [err.message] : []
  const text = [String(msg ?? ""), ...reason, ...fields].join("  ")
  return `${clock} ${styleText(color, name.padEnd(5), { stream: process.stderr })} ${text}`
}

const isMessage = (value: unknown): value is { readonly message: string } =>
  typeof value === "object" && value !== null && "message" in value && typeof value.message === "string"
