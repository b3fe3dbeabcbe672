import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client"
import type { Durations, MetricsShape } from "#commands/ports/metrics.ts"
import type { GaugeFacts, GaugeValue } from "./gauge.ts"

/** Seconds. An answer may take minutes; a refusal takes a millisecond. */
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
const JOB_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600]

interface HistogramFacts {
  readonly help: string
  readonly labelNames: readonly string[]
  readonly buckets: number[]
}

const HISTOGRAMS: Readonly<Record<keyof Durations, HistogramFacts>> = {
  resultity_http_request_duration_seconds: {
    help: "From a request's arrival to the last byte of its answer; 499: the client left before.",
    labelNames: ["role", "route", "status"], buckets: REQUEST_BUCKETS,
  },
  resultity_job_first_token_seconds: {
    help: "From a request's arrival to the first token for its client.", labelNames: [], buckets: JOB_BUCKETS,
  },
  resultity_job_duration_seconds: {
    help: "From a job's submission until its client has the whole answer or an error, or is gone.", labelNames: [], buckets: JOB_BUCKETS,
  },
}

export interface PrometheusRegistry extends MetricsShape {
  /** Null: nobody knows, and the gauge is not shown. */
  readonly set: (gauge: GaugeFacts, values: readonly GaugeValue[] | null) => void
  /** Text format 0.0.4. */
  readonly text: () => Promise<string>
}

/** CPU, memory, event loop: of this process, whatever runs in it. */
const ofProcess = new Registry()
collectDefaultMetrics({ register: ofProcess })

export const prometheusRegistry = (): PrometheusRegistry => {
  const registry = new Registry()
  const histograms = new Map(
    Object.entries(HISTOGRAMS).map(([name, { help, labelNames, buckets }]) => [
      name,
      new Histogram({ name, help, labelNames: [...labelNames], buckets, registers: [registry] }),
    ]),
  )
  return {
    observe: (name, seconds, labels) => histograms.get(name)?.observe({ ...labels }, seconds),
    set: ({ name, help, label }, values) => {
      registry.removeSingleMetric(name)
      if (values === null) return
      const gauge = new Gauge({ name, help, labelNames: label === null ? [] : [label], registers: [registry] })
      for (const { of, value } of values) gauge.set(label === null ? {} : { [label]: of }, value)
    },
    text: async () => `${await registry.metrics()}\n${await ofProcess.metrics()}`,
  }
}
