import { type Load, type Operation, type Rate, type Sample, sample, together } from "./measure.ts"
import { cpuMs, familyCpuMs, residentMib } from "./process-cost.ts"
import { type Line, ms } from "./table.ts"

/** One program of a network under measurement. */
export interface Part {
  readonly name: string
  readonly cpuMs: () => Promise<number>
  /** Null where processes share most of it. */
  readonly residentMib: (() => Promise<number>) | null
}

export const processPart = (name: string, pid: number): Part => ({ name, cpuMs: () => cpuMs(pid), residentMib: () => residentMib(pid) })

export const postgresPart = (postmaster: number): Part => ({ name: "Postgres", cpuMs: () => familyCpuMs(postmaster), residentMib: null })

export interface Contender {
  readonly parts: readonly Part[]
  readonly ask: Operation
}

export interface Measured {
  readonly rate: Rate
  /** CPU milliseconds for each completion, by part. */
  readonly cpu: ReadonlyMap<string, number>
}

/** The contenders take turns; CPU time covers each whole turn, warm-up and last answers too, and so do the completions it is divided by. */
export const measureParts = async (
  { callers, measureMs, rounds }: Load & { readonly rounds: number },
  contenders: readonly Contender[],
): Promise<readonly Measured[]> => {
  const tallies = contenders.map((contender) => ({ ...contender, taken: [] as Sample[], completions: 0, cpu: new Map<string, number>() }))
  for (let round = 0; round < rounds; round += 1) {
    for (const tally of tallies) {
      const before = await costs(tally.parts)
      const operation: Operation = async (caller) => {
        await tally.ask(caller)
        tally.completions += 1
      }
      tally.taken.push(await sample({ callers, measureMs: measureMs / rounds }, operation))
      const after = await costs(tally.parts)
      for (const [name, cost] of after) tally.cpu.set(name, (tally.cpu.get(name) ?? 0) + cost - (before.get(name) ?? 0))
    }
  }
  return tallies.map(({ taken, completions, cpu }) => ({
    rate: together(taken),
    cpu: new Map([...cpu].map(([name, cost]) => [name, cost / completions])),
  }))
}

const costs = async (parts: readonly Part[]): Promise<ReadonlyMap<string, number>> =>
  new Map(await Promise.all(parts.map(async ({ name, cpuMs: cost }) => [name, await cost()] as const)))

export const cpuFigures = (cpu: ReadonlyMap<string, number>): string => [...cpu].map(([name, cost]) => `${name} ${ms(cost)}`).join(", ")

export const memoryLines = (parts: readonly Part[]): Promise<readonly Line[]> =>
  Promise.all(
    parts.flatMap(({ name, residentMib: resident }) =>
      resident === null ? [] : [resident().then((mib) => ({ name, figures: `${mib.toFixed(0)} MiB`, ratio: "" }))],
    ),
  )
