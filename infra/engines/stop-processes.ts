import process from "node:process"
import { setTimeout as delay } from "node:timers/promises"
import { EngineUnavailable, type StopSignal } from "./engine.ts"
import { isStillRunning, type KnownProcess } from "./process-identity.ts"

/** RabbitMQ takes about 5 s to leave; who needs longer is ended. Nothing here is worth waiting for: these are test servers. */
const STOP_TIMEOUT_MS = 20_000
const KILL_TIMEOUT_MS = 10_000
const STOP_POLL_MS = 20

export interface ToStop extends KnownProcess {
  readonly stop: StopSignal
}

/** Asks, waits, then insists. A pid that belongs to somebody else by now is left alone. Resolves with whether it ran. */
export const stopProcess = async (known: ToStop, timeoutMs = STOP_TIMEOUT_MS): Promise<boolean> => {
  if (!(await isStillRunning(known))) return false
  send(known.pid, known.stop)
  // One that a test has stopped must wake up to hear it.
  send(known.pid, "SIGCONT")
  if (await isGoneWithin(known, timeoutMs)) return true
  send(known.pid, "SIGKILL")
  if (await isGoneWithin(known, KILL_TIMEOUT_MS)) return true
  throw new EngineUnavailable({ message: `process ${known.pid} cannot be stopped; it is in the hands of the system` })
}

const isGoneWithin = async (known: KnownProcess, timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs
  while (await isStillRunning(known)) {
    if (Date.now() > deadline) return false
    await delay(STOP_POLL_MS)
  }
  return true
}

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (cause) {
    const gone = cause instanceof Error && "code" in cause && cause.code === "ESRCH"
    if (!gone) throw cause
  }
}
