import type { CountersShape } from "#commands/ports/counters.ts"

export interface GaugeFacts {
  readonly name: `resultity_${string}`
  readonly help: string
  /** The one label, or null. */
  readonly label: string | null
}

export interface GaugeValue {
  /** The label's value; "" where there is no label. */
  readonly of: string
  readonly value: number
}

/** Read when somebody asks, from live state or a read model. */
export interface Gauge extends GaugeFacts {
  readonly read: () => Promise<readonly GaugeValue[]>
}

/** For one reading: a database that hangs must not take the other metrics along. */
const READ_MS = 1_000

/**
 * The values, or null when they cannot be had in time (`metrics_unread_total`). A reading that hangs is waited for by whoever asks next: it is
 * not begun again, or each scrape would add one.
 */
export const boundedReading = ({ name, read }: Gauge, counters: CountersShape, limitMs = READ_MS) => {
  let reading: Promise<readonly GaugeValue[]> | null = null
  return async (): Promise<readonly GaugeValue[] | null> => {
    reading ??= read().finally(() => (reading = null))
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error("late")), limitMs)
    try {
      return await Promise.race([reading, late])
    } catch {
      counters.increment("metrics_unread_total", name)
      return null
    } finally {
      clearTimeout(timer)
    }
  }
}
