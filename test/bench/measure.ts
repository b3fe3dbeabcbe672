import { setTimeout } from "node:timers/promises"

const WARM_UP_MS = 300
/** A machine that is busy with other work may end nothing in a short time; a contender that still has not is stuck. */
const MAX_EXTENSIONS = 20

export interface Rate {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Load {
  readonly callers: number
  readonly measureMs: number
}

export type Operation = (caller: number) => Promise<unknown>

/** Runs `operation` over and over from `callers` at once. The callers' number is part of every name it is printed under. */
export const rateOf = async (load: Load, operation: Operation): Promise<Rate> => {
  const { latencies, seconds } = await sample(load, operation)
  return { perSecond: latencies.length / seconds, ...percentiles(latencies) }
}

/** The contenders take turns in short rounds: what else happens on the machine, and on its disk, meets all of them. */
export const ratesOf = async <Name extends string>(
  { callers, measureMs, rounds }: Load & { readonly rounds: number },
  contenders: Readonly<Record<Name, Operation>>,
): Promise<Readonly<Record<Name, Rate>>> => {
  const samples = Object.entries<Operation>(contenders).map(([name, operation]) => ({ name, operation, taken: [] as Sample[] }))
  for (let round = 0; round < rounds; round += 1) {
    for (const { operation, taken } of samples) taken.push(await sample({ callers, measureMs: measureMs / rounds }, operation))
  }
  return Object.fromEntries(samples.map(({ name, taken }) => [name, together(taken)])) as Record<Name, Rate>
}

export interface Sample {
  readonly latencies: readonly number[]
  readonly seconds: number
}

export const together = (samples: readonly Sample[]): Rate => {
  const perSecond = median(samples.map(({ latencies, seconds }) => latencies.length / seconds))
  return { perSecond, ...percentiles(samples.flatMap(({ latencies }) => latencies)) }
}

export const sample = async ({ callers, measureMs }: Load, operation: Operation): Promise<Sample> => {
  const latencies: number[] = []
  let counting = false
  let running = true
  const caller = async (index: number): Promise<void> => {
    while (running) {
      const from = performance.now()
      await operation(index)
      if (counting && running) latencies.push(performance.now() - from)
    }
  }
  const all = Promise.all(Array.from({ length: callers }, (_, index) => caller(index)))
  const measured = async (): Promise<number> => {
    await setTimeout(WARM_UP_MS)
    counting = true
    const from = performance.now()
    for (let part = 0; part < MAX_EXTENSIONS && latencies.length === 0; part += 1) await setTimeout(measureMs)
    running = false
    return (performance.now() - from) / 1_000
  }
  // A caller that fails ends the measurement at once.
  const [seconds] = await Promise.all([measured(), all])
  if (latencies.length === 0) throw new Error("nothing was measured")
  return { latencies, seconds }
}

export const percentiles = (values: readonly number[]): { readonly p50Ms: number; readonly p99Ms: number } => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

export const median = (values: readonly number[]): number => percentiles(values).p50Ms
