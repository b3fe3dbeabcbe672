import type { CountersShape } from "#commands/ports/counters.ts"

export interface BusWire {
  /** Null, and a defect, where JSON cannot hold the message. */
  readonly encode: (message: unknown) => Buffer | null
  readonly drop: (reason: string) => void
  readonly onDefect: (cause: unknown) => void
}

export const busWire = (counters: CountersShape, onDefect: (cause: unknown) => void): BusWire => ({
  encode: (message) => {
    try {
      return Buffer.from(JSON.stringify(message) ?? "null")
    } catch (cause) {
      onDefect(cause)
      return null
    }
  },
  drop: (reason) => counters.increment("bus_dropped_total", reason),
  onDefect,
})

export const guard = (call: () => unknown, onDefect: (cause: unknown) => void): void => {
  try {
    call()
  } catch (cause) {
    onDefect(cause)
  }
}
