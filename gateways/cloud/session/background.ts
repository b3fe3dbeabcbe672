import { Effect, Schedule } from "effect"
import type { CountersShape } from "#commands/ports/counters.ts"

/** A cancel is worth trying again for: the log may be away for a moment. After that the watchdog ends the job. */
const RETRY = { schedule: Schedule.spaced("500 millis"), times: 4 }

export interface Background {
  /** Runs beside the answer; a failure is counted under `name`. Resolves when it is over, however it ends. */
  readonly run: (name: string, effect: Effect.Effect<void, unknown>) => Promise<void>
  readonly runPersistently: (name: string, effect: Effect.Effect<void, unknown>) => Promise<void>
  /** Resolves once nothing runs. */
  readonly idle: () => Promise<void>
}

export const background = (counters: CountersShape): Background => {
  const running = new Set<Promise<void>>()
  const run: Background["run"] = (name, effect) => {
    const failed = Effect.sync(() => counters.increment("cloud_background_failed_total", name))
    const task: Promise<void> = Effect.runPromise(Effect.catchCause(effect, () => failed)).finally(() => running.delete(task))
    running.add(task)
    return task
  }
  return {
    run,
    runPersistently: (name, effect) => run(name, Effect.retry(effect, RETRY)),
    idle: async () => {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
