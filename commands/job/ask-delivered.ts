import { Effect } from "effect"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { type DeliveredReply, type DeliveryChange, deliveredSubject } from "#domain/protocol/bus-messages.ts"
import { Bus } from "../ports/bus.ts"
import { DELIVERED_REPLY_MS } from "./limits.ts"

/**
 * What the job's client has, from the gateway that serves it; it follows `request` from then on. Null: no gateway. Only who is admitted
 * goes on with the text, so only then all of it is fetched: it comes in parts, and none of it changes in between.
 */
export const askDelivered = Effect.fnUntraced(function* (jobId: JobId, request: DeliveryChange) {
  const bus = yield* Bus
  const ask = (from: number) =>
    Effect.map(bus.request(deliveredSubject(jobId), { ...request, from }, DELIVERED_REPLY_MS), (reply) => reply as DeliveredReply)
  return yield* Effect.gen(function* () {
    const first = yield* ask(0)
    if (!("admit" in request)) return first
    const parts = [first.text]
    let length = first.text.length
    while (length < first.length) {
      const { text } = yield* ask(length)
      // Never with an honest gateway; and the loop must end.
      if (text === "") return null
      parts.push(text)
      length += text.length
    }
    return { ...first, text: parts.join("") }
  }).pipe(Effect.catchTag("NoReply", () => Effect.succeed(null)))
})

export const tokensOf = (reply: DeliveredReply | null, attemptId: AttemptId): number | null =>
  reply === null ? null : (reply.attempts.find((attempt) => attempt.attemptId === attemptId)?.tokens ?? 0)
