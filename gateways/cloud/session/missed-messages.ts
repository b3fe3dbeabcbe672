import { Effect } from "effect"
import type { BusShape } from "#commands/ports/bus.ts"
import type { EndReason } from "#domain/credit-ledger/index.ts"
import type { JobId } from "#domain/kernel/ids.ts"
import { type SaidReply, type SaidRequest, saidSubject, type StreamMessage } from "#domain/protocol/bus-messages.ts"
import type { ChatJobs, UnexpectedFailure } from "../../ports/chat-jobs.ts"

const REPLY_MS = 1_000

/**
 * What a job's stream holds from `place` on, from the gateway whose node says it. When that is gone, the log says whether anything is
 * still to come.
 */
export const missedMessages = (
  { bus, jobs }: { readonly bus: BusShape; readonly jobs: Pick<ChatJobs, "outcome"> },
  jobId: JobId,
  place: SaidRequest,
): Effect.Effect<readonly StreamMessage[], UnexpectedFailure> =>
  bus.request(saidSubject(jobId), place, REPLY_MS).pipe(
    Effect.flatMap((reply) => withRest(bus, jobId, place, reply as SaidReply)),
    Effect.catchTag("NoReply", () => Effect.map(jobs.outcome(jobId), endUnheard)),
  )

/** The sender may go in the middle of it: what is still missing is asked for later then. */
const withRest = (bus: BusShape, jobId: JobId, place: SaidRequest, { messages, more }: SaidReply): Effect.Effect<readonly StreamMessage[]> => {
  const last = messages.at(-1)
  if (!more || last === undefined || last.type === "ended") return Effect.succeed(messages)
  const { attemptId } = last
  const next = { attemptId, after: (place.attemptId === attemptId ? place.after : 0) + messages.length }
  return bus.request(saidSubject(jobId), next, REPLY_MS).pipe(
    Effect.flatMap((reply) => withRest(bus, jobId, next, reply as SaidReply)),
    Effect.catchTag("NoReply", () => Effect.succeed([])),
    Effect.map((rest) => [...messages, ...rest]),
  )
}

const endUnheard = (reason: EndReason | null): readonly StreamMessage[] => {
  if (reason === null) return []
  if (reason === "completed") return [{ type: "ended", reason: "lost", message: "the rest of this answer was lost; only what arrived is charged" }]
  const told = reason === "expired" || reason === "dead_lettered" || reason === "cancelled" ? reason : "failed"
  return [{ type: "ended", reason: told, message: "the network could not finish this request" }]
}
