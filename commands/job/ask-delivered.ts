import { Effect } from "effect"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { type DeliveredReply, type DeliveredRequest, deliveredSubject } from "#domain/protocol/bus-messages.ts"
import { Bus } from "../ports/bus.ts"
import { DELIVERED_REPLY_MS } from "./limits.ts"

/** What the job's client has, from the gateway that serves it; it follows `request` from then on. Null: no gateway. */
export const askDelivered = Effect.fnUntraced(function* (jobId: JobId, request: DeliveredRequest) {
  const bus = yield* Bus
  return yield* bus.request(deliveredSubject(jobId), request, DELIVERED_REPLY_MS).pipe(
    Effect.map((reply) => reply as DeliveredReply),
    Effect.catchTag("NoReply", () => Effect.succeed(null)),
  )
})

export const tokensOf = (reply: DeliveredReply | null, attemptId: AttemptId): number | null =>
  reply === null ? null : (reply.attempts.find((attempt) => attempt.attemptId === attemptId)?.tokens ?? 0)
