import type { MetricsShape } from "#commands/ports/metrics.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { boundedReading, type Gauge } from "./gauge.ts"
import type { PrometheusRegistry } from "./prometheus-registry.ts"

export interface ProcessMetrics extends MetricsShape {
  /** Shows one more gauge from now on; once per name. */
  readonly gauge: (gauge: Gauge) => void
  /** Everything but the counters, in the Prometheus text format 0.0.4. Gauges are read now, each for a second at most. */
  readonly text: () => Promise<string>
}

/** Observations that wait for the library; it is there long before so many. */
const MAX_EARLY = 10_000

/** Metrics of one process. The library loads behind the start, which must not wait for it. */
export const processMetrics = (counters: CountersShape): ProcessMetrics => {
  const gauges: (() => Promise<void>)[] = []
  const early: ((registry: PrometheusRegistry) => void)[] = []
  const names = new Set<string>()
  let registry: PrometheusRegistry | null = null
  const loading = load().then((loaded) => {
    registry = loaded
    for (const observe of early.splice(0)) observe(loaded)
    return loaded
  })
  // Whoever asks for the text hears of it.
  loading.catch(() => {})

  return {
    observe: (name, seconds, labels) => {
      if (registry !== null) registry.observe(name, seconds, labels)
      else if (early.length < MAX_EARLY) early.push((loaded) => loaded.observe(name, seconds, labels))
    },
    gauge: (gauge) => {
      if (names.has(gauge.name)) return
      names.add(gauge.name)
      const read = boundedReading(gauge, counters)
      gauges.push(async () => {
        const values = await read()
        ;(await loading).set(gauge, values)
      })
    },
    text: async () => {
      await Promise.all(gauges.map((refresh) => refresh()))
      return (await loading).text()
    },
  }
}

const load = async (): Promise<PrometheusRegistry> => {
  const { prometheusRegistry } = await import("./prometheus-registry.ts")
  return prometheusRegistry()
}
