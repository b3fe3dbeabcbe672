import { setTimeout } from "node:timers/promises"

const WARM_UP_MS = 500

export interface Rate {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Runs `operation` over and over from `callers` at once. The callers' number is part of every name it is printed under. */
export const rateOf = async (
  { callers, measureMs }: { readonly callers: number; readonly measureMs: number },
  operation: (caller: number, round: number) => Promise<unknown>,
): Promise<Rate> => {
  const latencies: number[] = []
  let counting = false
  let running = true
  const caller = async (index: number): Promise<void> => {
    for (let round = 0; running; round += 1) {
      const from = performance.now()
      await operation(index, round)
      if (counting && running) latencies.push(performance.now() - from)
    }
  }
  const all = Promise.all(Array.from({ length: callers }, (_, index) => caller(index)))
  const measured = async (): Promise<number> => {
    await setTimeout(WARM_UP_MS)
    counting = true
    const from = performance.now()
    await setTimeout(measureMs)
    running = false
    return (performance.now() - from) / 1_000
  }
  // A caller that fails ends the measurement at once.
  const [seconds] = await Promise.all([measured(), all])
  if (latencies.length === 0) throw new Error("nothing was measured")
  return { perSecond: latencies.length / seconds, ...percentiles(latencies) }
}

export const percentiles = (values: readonly number[]): { readonly p50Ms: number; readonly p99Ms: number } => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

export const median = (values: readonly number[]): number => percentiles(values).p50Ms
