import { Effect, Schedule } from "effect"
import type { JobId } from "#domain/kernel/ids.ts"
import { JOB_TAP, type JobTap } from "#domain/protocol/bus-messages.ts"
import { worldIsUnwell } from "../job/record-retry.ts"
import { Bus } from "../ports/bus.ts"
import { Counters } from "../ports/counters.ts"

/** A failure of the world is tried again this often; after that the watchdog comes back to the job. */
const RETRY = { schedule: Schedule.exponential("50 millis"), times: 4 }

/**
 * Runs `work` for every job that something happened to, one at a time per job; taps that come meanwhile make one more run. Losing a
 * tap costs time, never a fact. Gives a way to tap a job here and nowhere else.
 */
export const onJobTaps = <Failure extends { readonly _tag: string }, Needs>(
  name: string,
  work: (jobId: JobId) => Effect.Effect<void, Failure, Needs>,
) =>
  Effect.gen(function* () {
    const bus = yield* Bus
    const counters = yield* Counters
    const context = yield* Effect.context<Needs>()
    const running = new Map<JobId, "once" | "again">()

    const run = (jobId: JobId): void => {
      running.set(jobId, "once")
      const guarded = work(jobId).pipe(
        Effect.retry({ ...RETRY, while: worldIsUnwell }),
        Effect.catchCause((cause) =>
          Effect.andThen(
            Effect.sync(() => counters.increment("workflow_failed_total", name)),
            Effect.logError(`${name} of ${jobId}`, cause),
          ),
        ),
      )
      Effect.runForkWith(context)(guarded).addObserver(() => {
        const again = running.get(jobId) === "again"
        running.delete(jobId)
        if (again) run(jobId)
      })
    }

    const tap = (jobId: JobId): void => {
      if (running.has(jobId)) running.set(jobId, "again")
      else run(jobId)
    }
    const unsubscribe = bus.subscribe(JOB_TAP, (message) => tap((message as JobTap).jobId))
    yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))
    return tap
  })
