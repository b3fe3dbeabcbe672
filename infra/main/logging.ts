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
  const redact = { paths: SECRET_FIELDS, censor: "[secret]" }
  return pino({ level, base: null, redact, serializers: { err: errorFields } }, { write })
}

/** Not what drivers hang on their errors: a database client with all of its settings, say. */
const errorFields = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {}
  return { type: error.name, message: error.message, ...code, stack: error.stack }
}

const SECRET_FIELDS = ["apiKey", "api_key", "secret", "password", "pepper", "rootKey", "privateKey", "authorization"].flatMap(
  (name) => [name, `*.${name}`],
)

/** Whatever field or message it hides in: API keys and passwords in URLs never reach a log. */
const withoutSecrets = (line: string): string =>
  line
    .replace(/rk_(test|live)_([0-9A-Za-z]{12})_[0-9A-Za-z]+_[0-9a-f]{8}/g, "rk_$1_$2_[secret]")
    .replace(/([a-z]+:\/\/[^:@/\s"]+):[^@/\s"]+@/g, "$1:[secret]@")

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
