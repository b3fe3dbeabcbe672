import type { Environment } from "#domain/kernel/ids.ts"

/** One line per event: what happened, and its facts. Never a prompt, an answer or a key. */
export type LogLine = (facts: object, message: string) => void

export interface NodeLog {
  readonly debug: LogLine
  readonly info: LogLine
  readonly warn: LogLine
  readonly error: LogLine
}

export interface NodeSettings {
  readonly environment: Environment
  /** Of this software, for the network's records. */
  readonly version: string
  readonly log: NodeLog
  /** Memory that this node uses now, the engine's included where it is known. */
  readonly memoryBytes: () => number
  readonly now: () => number
  /** In [0, 1): jitter of heartbeats and reconnects. */
  readonly random: () => number
}
