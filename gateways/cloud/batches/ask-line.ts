import type { KeyId } from "#domain/kernel/ids.ts"
import { ApiError } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { LoopbackRequest } from "../../ports/loopback.ts"
import type { Task } from "../requests/tickets.ts"
import { contentHeaders, interruptedReply } from "../requests/request-problems.ts"
import { verdictOf } from "../requests/verdict.ts"
import type { LineReply } from "./line-result.ts"
import type { BatchLine } from "./read-line.ts"

/** What a line needs to be asked. */
export interface LineDeps {
  /** Who asks with this key now; throws the 401 when the key is good no more. */
  readonly callerOf: (keyId: KeyId) => Promise<Caller>
  readonly ask: (call: { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }, task: Task) => LoopbackRequest
}

export interface AskedLine {
  readonly keyId: KeyId
  readonly path: string
  readonly line: BatchLine
  /** Nobody wants the answer any more: the line is withdrawn, and costs nothing. */
  readonly withdrawn: AbortSignal
  /** Puts the answer on record; false: it does not count, and is not charged. */
  readonly record: (outcome: "completed" | "failed", reply: LineReply) => Promise<boolean>
}

const JSON_TYPE = { "content-type": "application/json" }

/** Asks one line of this gateway's own route. False: it has no result, and may be asked again. */
export const askLine = async ({ callerOf, ask }: LineDeps, { keyId, path, line, withdrawn, record }: AskedLine): Promise<boolean> => {
  const caller = await callerOf(keyId).catch((error: unknown) => error)
  if (caller instanceof ApiError) return caller.status < 500 && record("failed", { status: caller.status, requestId: "", body: JSON.stringify(caller.body) })
  if (caller instanceof Error) return false
  if (withdrawn.aborted) return false
  const keeping = Promise.withResolvers<boolean>()
  const task = { caller: caller as Caller, mode: "batch", priority: "bulk", keeping: keeping.promise } as const
  const request = ask({ path, headers: JSON_TYPE, body: JSON.stringify(line.body) }, task)
  const hangUp = (): void => {
    keeping.resolve(false)
    request.hangUp()
  }
  withdrawn.addEventListener("abort", hangUp)
  try {
    const { head, reply } = await request.reply.then(receive).catch(interrupted)
    const verdict = verdictOf(head, [reply.body], { mode: "batch", deliveredTokens: 0 })
    // What failed is not charged, and what is charged is on record.
    if (verdict.type !== "keep") return false
    if (verdict.outcome === "failed") keeping.resolve(false)
    const recorded = await record(verdict.outcome, reply)
    keeping.resolve(recorded)
    return recorded
  } finally {
    keeping.resolve(false)
    withdrawn.removeEventListener("abort", hangUp)
  }
}

const receive = async ({ status, headers, body }: Awaited<LoopbackRequest["reply"]>) => {
  let text = ""
  for await (const piece of body) text += piece
  const requestId = headers["x-request-id"]
  return { head: { status, headers: contentHeaders(headers) }, reply: { status, requestId: typeof requestId === "string" ? requestId : "", body: text } }
}

const interrupted = () => {
  const { status, headers, parts } = interruptedReply()
  return { head: { status, headers }, reply: { status, requestId: "", body: parts.join("") } }
}
