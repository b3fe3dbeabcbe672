import { Effect, Schedule } from "effect"
import { isOpen, job } from "#domain/job/index.ts"
import type { GatewayId } from "#domain/kernel/ids.ts"
import { JOB_TAP } from "#domain/protocol/bus-messages.ts"
import { Commands } from "../handle.ts"
import { Bus } from "../ports/bus.ts"
import { Counters } from "../ports/counters.ts"
import { OpenWork, type OpenHoldRef, type OpenJobRef } from "../ports/open-work.ts"
import { settleJob } from "./settlement.ts"

const INTERVAL = "1 second"
/** Per round; what is left over comes in the next. */
const BATCH = 1_000
/** A hold without a job is not suspicious before this: its gateway may have waited for credits, and be about to submit. */
const SUBMIT_GRACE_MS = 30_000

export interface WatchdogSettings {
  /** False: that gateway process is gone and with it its clients' connections. */
  readonly gatewayAlive: (gatewayId: GatewayId) => boolean
  /** Holds from before this moment cannot belong to a request under way (this process is the only gateway), or null. */
  readonly aloneSince: number | null
}

/** Nothing waits for ever: taps what is open, ends the jobs of lost gateways, and voids holds whose job never came. */
export const watchdog = (settings: WatchdogSettings) =>
  watchRound(settings).pipe(
    Effect.catchCause((cause) =>
      Effect.gen(function* () {
        const counters = yield* Counters
        counters.increment("watchdog_failed_total")
        yield* Effect.logWarning("watchdog round failed", cause)
      }),
    ),
    Effect.repeat(Schedule.spaced(INTERVAL)),
  )

export const watchRound = Effect.fnUntraced(function* (settings: WatchdogSettings) {
  const open = yield* OpenWork
  const now = Date.now()
  for (const ref of yield* open.jobs(BATCH)) yield* alone(ref.jobId, watchJob(ref, settings))
  const placedBefore = Math.max(settings.aloneSince ?? 0, now - SUBMIT_GRACE_MS)
  for (const hold of yield* open.holds(placedBefore, BATCH)) yield* alone(hold.holdId, watchHold(hold))
})

/** What is wrong with one must not keep the watchdog from all that come after it. */
const alone = <Failure, Needs>(id: string, work: Effect.Effect<void, Failure, Needs>) =>
  Effect.catchCause(work, (cause) =>
    Effect.gen(function* () {
      const counters = yield* Counters
      counters.increment("watchdog_skipped_total")
      yield* Effect.logWarning(`the watchdog could not see to ${id}`, cause)
    }),
  )

const watchJob = Effect.fnUntraced(function* ({ jobId, gatewayId }: OpenJobRef, settings: WatchdogSettings) {
  const { handle } = yield* Commands
  const bus = yield* Bus
  if (settings.gatewayAlive(gatewayId)) return bus.publish(JOB_TAP, { jobId })
  const command = { type: "FailJob", jobId, reason: "gateway_lost", at: Date.now() } as const
  yield* handle(job, jobId, command, { commandId: `job/${jobId}/gateway-lost`, correlationId: jobId }).pipe(
    Effect.catchTag("JobAlreadyEnded", () => Effect.void),
  )
})

const watchHold = Effect.fnUntraced(function* ({ jobId, holdId, namespaceId }: OpenHoldRef) {
  const { handle, load } = yield* Commands
  const state = yield* load(job, jobId)
  if (isOpen(state)) return
  if (state.stage === "absent") {
    const command = { type: "VoidJob", jobId, holdId, namespaceId, at: Date.now() } as const
    yield* handle(job, jobId, command, { commandId: `job/${jobId}/void`, correlationId: jobId })
  }
  yield* settleJob(jobId)
})
