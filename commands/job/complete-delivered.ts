import { Effect } from "effect"
import type { FinishReason, Receipt } from "#domain/job/index.ts"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { Bus } from "../ports/bus.ts"
import { askDelivered, tokensOf } from "./ask-delivered.ts"
import { completeJob } from "./complete-job.ts"
import { JOB_TTL_MS } from "./limits.ts"

/** What is still on its way to the client's gateway arrives within this, or is fetched by it. */
const ARRIVAL_MS = 3_000
const ASK_AGAIN = "300 millis"
/** For a gateway to send and keep the answer; it says itself when that takes too long. */
const KEEPING_MS = JOB_TTL_MS
const KEEPING_ASK_AGAIN = "20 millis"

/**
 * Ends the job at what its client has, by the word of the client's gateway: nobody pays for text that got lost on the way. When that gateway
 * is gone nothing is recorded: the watchdog ends its jobs at their last durable mark.
 */
export const completeDelivered = Effect.fnUntraced(function* (sent: {
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly finishReason: FinishReason
  /** The network's own count of what the node sent. */
  readonly tokens: number
  readonly receipt: Receipt
}) {
  const { tokens, ...completed } = sent
  const had = yield* tokensHad(sent.jobId, sent.attemptId, tokens)
  if (had !== null) yield* completeJob({ ...completed, deliveredTokens: Math.min(had, tokens) })
})

/** Null when nobody answers for as long as the bus may be away. */
const tokensHad = Effect.fnUntraced(function* (jobId: JobId, attemptId: AttemptId, tokens: number) {
  const { patienceMs } = yield* Bus
  const since = Date.now()
  while (true) {
    const reply = yield* askDelivered(jobId, { finishing: attemptId })
    const had = tokensOf(reply, attemptId)
    const passed = Date.now() - since
    if (reply?.keeping === true && passed < KEEPING_MS) {
      yield* Effect.sleep(KEEPING_ASK_AGAIN)
      continue
    }
    if (had === null ? passed >= patienceMs : had >= tokens || passed >= ARRIVAL_MS) return had
    yield* Effect.sleep(ASK_AGAIN)
  }
})
