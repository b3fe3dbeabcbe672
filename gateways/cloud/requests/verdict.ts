import type { RequestMode, RequestOutcome } from "#domain/request/index.ts"
import { CHARGED_FAILURES } from "../conversation/fall-back.ts"
import { isEventStream } from "./reply-parts.ts"
import type { ReplyHead } from "./tape.ts"

/**
 * keep: a repeat gets this reply · drop: nothing was charged, a repeat runs again · return: another gateway may take it ·
 * again: the network is busy, this gateway tries once more later · cancelled: nobody wanted it
 */
export type Verdict =
  | { readonly type: "keep"; readonly outcome: RequestOutcome }
  | { readonly type: "drop"; readonly code: string }
  | { readonly type: "return" | "again" | "cancelled" }

/** The network's or the gateway's state, not the request's fault. */
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 503])
const NOT_PASSING: ReadonlySet<string> = new Set(["insufficient_quota", "spend_limit_exceeded"])
const GOING_DOWN: ReadonlySet<string> = new Set(["shutting_down", "interrupted"])

/** `deliveredTokens`: of a stream that broke off, what its client has, and is charged for. */
export const verdictOf = (head: ReplyHead, parts: readonly string[], { mode, deliveredTokens }: { readonly mode: RequestMode; readonly deliveredTokens: number }): Verdict => {
  const code = isEventStream(head) ? streamFailure(parts) : head.status < 400 ? null : codeOf(parts.join(""))
  if (code === null) return { type: "keep", outcome: "completed" }
  if (CHARGED_FAILURES.has(code) || (isEventStream(head) && deliveredTokens > 0)) return { type: "keep", outcome: "failed" }
  if (mode === "attached") return { type: "drop", code }
  if (GOING_DOWN.has(code)) return { type: "return" }
  return PASSING_STATUS.has(head.status) && !NOT_PASSING.has(code) ? { type: "again" } : { type: "keep", outcome: "failed" }
}

/** Why a stream broke off, or null for a whole one. */
const streamFailure = (parts: readonly string[]): string | null => {
  const last = parts.at(-1)
  if (last === undefined) return "interrupted"
  if (!last.includes('"error"')) return null
  const line = last.split("\n").find((one) => one.startsWith("data: "))
  return line === undefined ? null : codeIn(line.slice("data: ".length))
}

const codeOf = (body: string): string => codeIn(body) ?? "error"

const codeIn = (text: string): string | null => {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== "object" || body === null) return null
    const error = "error" in body ? body.error : "response" in body ? errorOf(body.response) : null
    if (typeof error !== "object" || error === null) return null
    return "code" in error && typeof error.code === "string" ? error.code : "error"
  } catch {
    return null
  }
}

/** The last event of a stream of `/v1/responses` has the failure within. */
const errorOf = (response: unknown): unknown =>
  typeof response === "object" && response !== null && "error" in response ? response.error : null
