import type { CounterValue } from "../ports/counter-snapshot.ts"

export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

/** Counters in the Prometheus text format, grouped by name. */
export const prometheusText = (counters: readonly CounterValue[]): string => {
  const byName = Map.groupBy(counters, (counter) => counter.name)
  const families = [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, values]) => family(name, values))
  return families.join("")
}

const family = (name: string, values: readonly CounterValue[]): string =>
  `# TYPE ${name} counter\n${values.map((counter) => `${name}${label(counter.reason)} ${counter.value}\n`).join("")}`

const label = (reason: string | null): string => (reason === null ? "" : `{reason="${escaped(reason)}"}`)

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
