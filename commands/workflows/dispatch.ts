import { Effect } from "effect"
import { currentAttempt, isOpen, job, type Job, nextAction } from "#domain/job/index.ts"
import { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { CAPACITY_TAP, nodeSubject, SLOT_TAP, type SlotTap, type StreamMessage, tokensSubject } from "#domain/protocol/bus-messages.ts"
import { Commands } from "../handle.ts"
import { confirmCancel } from "../job/complete-job.ts"
import { failAttempt } from "../job/fail-attempt.ts"
import { Bus, type BusShape } from "../ports/bus.ts"
import { Presence } from "../ports/presence.ts"
import { assignJob } from "./assign-job.ts"
import { Capacity } from "./capacity.ts"
import { onJobTaps } from "./job-taps.ts"

/**
 * Sees to it that every open job has a node, a new node when one fails, or an end. One instance is active. It holds nothing that
 * the log does not say: after a restart the watchdog taps every open job.
 */
export const dispatch = Effect.gen(function* () {
  const bus = yield* Bus
  const capacity = new Capacity(yield* Presence, (jobId) => tap(jobId))

  const tap = yield* onJobTaps("dispatch", (jobId) =>
    Effect.gen(function* () {
      const { load, handle, peek } = yield* Commands
      const state = peek(job, jobId) ?? (yield* load(job, jobId))
      const at = Date.now()
      const action = nextAction(state, at)
      const meta = { commandId: `job/${jobId}/${action.type}`, correlationId: jobId }
      if (action.type !== "assign") capacity.leave(jobId)
      if (action.type !== "assign" && !atWork(state)) capacity.release(jobId)
      switch (action.type) {
        case "assign":
          return isOpen(state) ? yield* assignJob(state, capacity) : undefined
        case "fail-attempt":
          yield* failAttempt({ jobId, attemptId: action.attemptId, reason: "timed_out" })
          // Only once it is on record: a node's "cancelled" must not be taken for the client's wish.
          return bus.publish(nodeSubject(action.nodeId), { type: "cancel", attemptId: action.attemptId, reason: "timed_out" })
        case "stop-node":
          return bus.publish(nodeSubject(action.attempt.nodeId), {
            type: "cancel", attemptId: action.attempt.attemptId, reason: "client_disconnected",
          })
        case "confirm-cancel":
          return yield* confirmCancel({ jobId, attemptId: null, deliveredTokens: null })
        case "expire":
          yield* handle(job, jobId, { type: "ExpireJob", jobId, at }, meta)
          return
        case "dead-letter":
          yield* handle(job, jobId, { type: "DeadLetterJob", jobId, at }, meta)
          return
        case "settle":
        case "release":
          return tellClient(bus, state, jobId)
        case "nothing":
          return
      }
    }).pipe(
      Effect.catchTags(raced),
      // It waits for the watchdog then, and must not keep a place from others.
      Effect.onError(() => Effect.sync(() => capacity.leave(jobId))),
    ),
  )

  const subscriptions = [
    bus.subscribe(CAPACITY_TAP, () => capacity.offerAll()),
    // A node is idle until its next job arrives: do not let it wait for the record of the last one.
    bus.subscribe(SLOT_TAP, (message) => capacity.releaseAttempt(message as SlotTap)),
  ]
  yield* Effect.addFinalizer(() => Effect.sync(() => subscriptions.forEach((unsubscribe) => unsubscribe())))
})

const atWork = (state: Job): boolean => isOpen(state) && currentAttempt(state) !== null

/** Another writer moved the job first; its events tap us again. */
const raced = {
  JobAlreadyEnded: () => Effect.void,
  StaleAttempt: () => Effect.void,
  // Another dispatcher, a moment ago. The job's gateway was told to hear our attempt only: the other one must not go on unheard.
  AlreadyAssigned: ({ jobId, attemptId }: { readonly jobId: string; readonly attemptId: string }) =>
    failAttempt({ jobId: JobId.make(jobId), attemptId: AttemptId.make(attemptId), reason: "timed_out" }),
  CancelPending: () => Effect.void,
  AttemptsExhausted: () => Effect.void,
}

const MESSAGES = {
  expired: "the request took longer than its time limit",
  failed: "the network could not finish this request",
  dead_lettered: "several nodes failed at this request",
  cancelled: "the request was cancelled",
} as const

/** An end without a receipt: whoever still waits for tokens must hear of it. */
const tellClient = (bus: BusShape, state: Job, jobId: JobId): void => {
  if (state.stage !== "ended") return
  const { reason } = state.ended
  if (reason === "completed" || reason === "never_submitted") return
  const message: StreamMessage = { type: "ended", reason, message: MESSAGES[reason] }
  bus.publish(tokensSubject(jobId), message)
}
