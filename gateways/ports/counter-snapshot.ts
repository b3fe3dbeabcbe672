export interface CounterValue {
  /** Prometheus style, `_total` at the end. */
  readonly name: string
  /** The one label, or null. */
  readonly reason: string | null
  readonly value: number
}

export interface CounterSnapshot {
  /** All counters as they stand now. */
  readonly read: () => readonly CounterValue[]
}
