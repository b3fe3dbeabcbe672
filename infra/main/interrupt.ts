import process from "node:process"
import { CliFailure, EXIT } from "./exit.ts"

/** Running answers get 10 s, then Postgres may take a while to stop. What takes longer than this is stuck. */
const PUT_AWAY_LIMIT_MS = 60_000

/** Set by a supervisor that holds our stdin open while it lives. */
export const SUPERVISED = "RESULTITY_SUPERVISED"

/** Aborted by the first SIGINT, SIGTERM or SIGHUP, so that everything can be put away; a second one, or a long wait, ends at once. */
export const listenForInterrupt = (): AbortSignal => {
  const controller = new AbortController()
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort()
    setTimeout(() => process.exit(EXIT.interrupted), PUT_AWAY_LIMIT_MS).unref()
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt)
  if (process.env[SUPERVISED] !== undefined) {
    // Killed without a word, it leaves nobody behind that would hold its ports.
    process.stdin.once("close", () => controller.signal.aborted || interrupt()).resume().unref()
  }
  return controller.signal
}

/** Resolves when the person or the system asks to stop. */
export const untilInterrupted = (signal: AbortSignal): Promise<void> =>
  signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))

export const interrupted = (): CliFailure => new CliFailure("interrupted", EXIT.interrupted)

/** What `work` resolves with; rejects at once when the process is asked to stop. The work itself goes on until the process ends. */
export const unlessInterrupted = <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  Promise.race([
    work,
    untilInterrupted(signal).then(() => {
      throw interrupted()
    }),
  ])
