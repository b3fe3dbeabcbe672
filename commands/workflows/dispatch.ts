import { Effect } from "effect"
import { isOpen, job, type Job, nextAction } from "#domain/job/index.ts"
import { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { CAPACITY_TAP, JOB_TAP, nodeSubject, SLOT_TAP, type SlotTap, type StreamMessage, tokensSubject } from "#domain/protocol/bus-messages.ts"
import { Commands } from "../handle.ts"
import { confirmCancel } from "../job/complete-job.ts"
import { failAttempt } from "../job/fail-attempt.ts"
import { Bus, type BusShape } from "../ports/bus.ts"
import { assignJob } from "./assign-job.ts"
import { onJobTaps } from "./job-taps.ts"
import { Slots } from "./slots.ts"
import { WaitingJobs } from "./waiting-jobs.ts"

/**
 * Sees to it that every open job has a node, a new node when one fails, or an end. One instance is active. It holds nothing that
 * the log does not say: after a restart the watchdog taps every open job.
 */
export const dispatch = Effect.gen(function* () {
  const bus = yield* Bus
  const slots = new Slots()
  const waiting = new WaitingJobs()

  const wakeWaiting = () => {
    for (const jobId of waiting.drain()) bus.publish(JOB_TAP, { jobId })
  }
  const subscriptions = [
    bus.subscribe(CAPACITY_TAP, wakeWaiting),
    // A node is idle until its next job arrives: do not let it wait for the record of the last one.
    bus.subscribe(SLOT_TAP, (message) => slots.releaseAttempt(message as SlotTap) && wakeWaiting()),
  ]
  yield* Effect.addFinalizer(() => Effect.sync(() => subscriptions.forEach((unsubscribe) => unsubscribe())))

  yield* onJobTaps("dispatch", (jobId) =>
    Effect.gen(function* () {
      const { load, handle, peek } = yield* Commands
      const state = peek(job, jobId) ?? (yield* load(job, jobId))
      const at = Date.now()
      const action = nextAction(state, at)
      const meta = { commandId: `job/${jobId}/${action.type}`, correlationId: jobId }
      if (freed(state, jobId, slots)) wakeWaiting()
      switch (action.type) {
        case "assign":
          if (!isOpen(state)) return
          if ((yield* assignJob(state, slots)) === "no_capacity") waiting.add(jobId)
          return
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
          waiting.remove(jobId)
          return tellClient(bus, state, jobId)
        case "nothing":
          return
      }
    }).pipe(Effect.catchTags(raced)),
  )
})

/** A slot is held while an attempt runs, and no longer. */
const freed = (state: Job, jobId: JobId, slots: Slots): boolean =>
  (!isOpen(state) || state.stage === "submitted") && slots.release(jobId)

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
