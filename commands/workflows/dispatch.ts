import { Effect, Schedule } from "effect"
import { currentAttempt, isOpen, job, type Job, nextAction } from "#domain/job/index.ts"
import { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { CAPACITY_TAP, nodeSubject, SLOT_TAP, type SlotTap, type StreamMessage, tokensSubject } from "#domain/protocol/bus-messages.ts"
import { Commands } from "../handle.ts"
import { confirmCancel } from "../job/complete-job.ts"
import { failAttempt } from "../job/fail-attempt.ts"
import { Bus, type BusShape } from "../ports/bus.ts"
import { OpenWork } from "../ports/open-work.ts"
import { Presence } from "../ports/presence.ts"
import { assignJob } from "./assign-job.ts"
import { Capacity } from "./capacity.ts"
import { onJobTaps } from "./job-taps.ts"
import { PostponedJobs } from "./postponed-jobs.ts"

/** Open jobs that a new dispatcher looks at before its first assignment; the watchdog brings the rest. */
const MAX_ADOPTED = 10_000
const LOOK_INTERVAL = "1 second"
/** A job with a slot is looked at when nothing was heard of it for so long: all taps of its end may have been lost. */
const SILENT_SLOT_MS = 5_000
/** Per round; what is left over comes in the next. */
const MAX_LOOKS = 500

/**
 * Sees to it that every open job has a node, a new node when one fails, or an end. One instance is active. It holds nothing that
 * the log does not say: it begins with what is at work already, or it would give nodes more than they have room for.
 */
export const dispatch = Effect.gen(function* () {
  const bus = yield* Bus
  const capacity = new Capacity(yield* Presence, (jobId) => tap(jobId))
  const postponed = new PostponedJobs()
  const open = yield* adoptOpenJobs(capacity)

  const tap = yield* onJobTaps("dispatch", (jobId) =>
    Effect.gen(function* () {
      const { load, handle, peek } = yield* Commands
      capacity.heard(jobId)
      const state = peek(job, jobId) ?? (yield* load(job, jobId))
      const at = Date.now()
      const action = nextAction(state, at)
      const meta = { commandId: `job/${jobId}/${action.type}`, correlationId: jobId }
      if (action.type !== "assign") capacity.leave(jobId)
      if (action.type !== "assign") postponed.forget(jobId)
      if (action.type !== "assign" && !atWork(state)) capacity.release(jobId)
      switch (action.type) {
        case "assign":
          return isOpen(state) ? yield* assignJob(state, capacity, postponed) : undefined
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
          return yield* seeToAttempt(state, capacity, at)
      }
    }).pipe(
      Effect.catchTags(raced),
      // It waits for the watchdog then, and must not keep a place from others.
      Effect.onError(() => Effect.sync(() => capacity.leave(jobId))),
    ),
  )

  for (const jobId of open) tap(jobId)
  const subscriptions = [
    bus.subscribe(CAPACITY_TAP, () => capacity.offerAll()),
    // A node is idle until its next job arrives: do not let it wait for the record of the last one.
    bus.subscribe(SLOT_TAP, (message) => capacity.releaseAttempt(message as SlotTap)),
  ]
  yield* Effect.addFinalizer(() => Effect.sync(() => subscriptions.forEach((unsubscribe) => unsubscribe())))
  yield* Effect.forkScoped(lookAgain(capacity, postponed, tap))
})

/**
 * The watchdog taps open jobs only, and the oldest first: a slot whose job ended unheard would be lost to everybody until another
 * dispatcher takes over, and a job that was postponed waits in no queue.
 */
const lookAgain = (capacity: Capacity, postponed: PostponedJobs, tap: (jobId: JobId) => void) =>
  Effect.sync(() => {
    for (const jobId of capacity.takeSilent(Date.now() - SILENT_SLOT_MS, MAX_LOOKS)) tap(jobId)
    for (const jobId of postponed.next(MAX_LOOKS)) tap(jobId)
  }).pipe(Effect.repeat(Schedule.spaced(LOOK_INTERVAL)))

const adoptOpenJobs = Effect.fnUntraced(function* (capacity: Capacity) {
  const { load } = yield* Commands
  const openWork = yield* OpenWork
  const found = yield* openWork.jobs(MAX_ADOPTED).pipe(
    Effect.catch((failure) => Effect.as(Effect.logWarning("dispatch begins without knowing who is at work", failure), [])),
  )
  for (const { jobId } of found) {
    const state = yield* load(job, jobId)
    const current = isOpen(state) ? currentAttempt(state) : null
    if (current !== null) capacity.adopt(jobId, current)
  }
  return found.map(({ jobId }) => jobId)
})

/** It is at its node. One whose node came back with another session lost it, and its gateway may not have lived to say so. */
const seeToAttempt = Effect.fnUntraced(function* (state: Job, capacity: Capacity, at: number) {
  const current = isOpen(state) ? currentAttempt(state) : null
  if (!isOpen(state) || current === null) return
  const { jobId } = state.submitted
  const { attemptId, nodeId, sessionId } = current
  const node = (yield* Presence).online(at).find((online) => online.nodeId === nodeId)
  // Session ids grow with time: an older one is what this process has not heard the end of yet.
  if (node === undefined || node.sessionId <= sessionId) return capacity.adopt(jobId, current)
  yield* failAttempt({ jobId, attemptId, reason: "node_gone" })
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
  unsupported: "no node that serves this model can do what the request asks for",
} as const

/** An end without a receipt: whoever still waits for tokens must hear of it. */
const tellClient = (bus: BusShape, state: Job, jobId: JobId): void => {
  if (state.stage !== "ended") return
  const { reason: ended } = state.ended
  if (ended === "completed" || ended === "never_submitted") return
  const unable = ended === "dead_lettered" && state.attempts.every(({ failure }) => failure === "unsupported" || failure === "not_enqueued")
  const reason = unable ? "unsupported" : ended
  const message: StreamMessage = { type: "ended", reason, message: MESSAGES[reason] }
  bus.publish(tokensSubject(jobId), message)
}
