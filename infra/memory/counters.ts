import type { CountersShape } from "#commands/ports/counters.ts"

export interface CounterValue {
  readonly name: string
  readonly reason: string | null
  readonly value: number
}

export interface MemoryCounters extends CountersShape {
  /** All counts, by name and reason. */
  readonly snapshot: () => readonly CounterValue[]
  /** The same in Prometheus' text format 0.0.4. */
  readonly prometheus: () => string
}

const NAME_PREFIX = "resultity_"
/** Reasons per name: a label that a stranger could make up must not fill the memory. */
const MAX_REASONS = 200
const OTHER = "other"

export const memoryCounters = (): MemoryCounters => {
  const counts = new Map<string, Map<string | null, number>>()

  const snapshot = (): readonly CounterValue[] =>
    [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, reasons]) => [...reasons].map(([reason, value]) => ({ name, reason, value })))

  return {
    increment: (name, reason) => {
      const reasons = counts.get(name) ?? new Map<string | null, number>()
      counts.set(name, reasons)
      const wanted = reason ?? null
      const label = reasons.has(wanted) || reasons.size < MAX_REASONS ? wanted : OTHER
      reasons.set(label, (reasons.get(label) ?? 0) + 1)
    },
    snapshot,
    prometheus: () => {
      const named = Map.groupBy(snapshot(), ({ name }) => name)
      return [...named].map(([name, values]) => `# TYPE ${NAME_PREFIX}${name} counter\n${values.map(line).join("")}`).join("")
    },
  }
}

const line = ({ name, reason, value }: CounterValue): string =>
  `${NAME_PREFIX}${name}${reason === null ? "" : `{reason="${escaped(reason)}"}`} ${value}\n`

const escaped = (label: string): string => label.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`))
