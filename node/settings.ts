import type { FinishReason } from "#domain/job/index.ts"
import type { AttemptId, Environment, JobId } from "#domain/kernel/ids.ts"

/** One line per event: what happened, and its facts. Never a prompt, an answer or a key. */
export type LogLine = (facts: object, message: string) => void

export interface NodeLog {
  readonly debug: LogLine
  readonly info: LogLine
  readonly warn: LogLine
  readonly error: LogLine
}

/** An attempt that this node worked on, when it is over: ids, counts and times. Never a prompt or an answer. */
export interface EndedAttempt {
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly model: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
  readonly outcome: FinishReason | "cancelled" | "failed" | "declined"
  readonly completionTokens: number
}

export interface NodeSettings {
  readonly environment: Environment
  /** Of this software, for the network's records. */
  readonly version: string
  readonly log: NodeLog
  /** Memory that this node uses now, the engine's included where it is known. */
  readonly memoryBytes: () => number
  readonly now: () => number
  /** For telemetry; must not throw. */
  readonly onAttemptEnded?: ((ended: EndedAttempt) => void) | undefined
  /** In [0, 1): jitter of heartbeats and reconnects. */
  readonly random: () => number
}
