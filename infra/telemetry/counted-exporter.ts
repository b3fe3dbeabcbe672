import type { SpanExporter } from "@opentelemetry/sdk-trace"
import type { CountersShape } from "#commands/ports/counters.ts"

/** `ExportResultCode.SUCCESS` of @opentelemetry/core, which is nobody's direct dependency here. */
const SUCCESS = 0

interface Counted extends SpanExporter {
  /** One more span waits for its batch. */
  readonly queued: () => void
  /** Spans that wait for their batch. */
  readonly waiting: () => number
}

/** Counts what the collector did not take (`trace_export_failed_total`, in batches): nobody else hears of it. */
export const countedExporter = (exporter: SpanExporter, counters: CountersShape): Counted => {
  let waiting = 0
  return {
    queued: () => void (waiting += 1),
    waiting: () => waiting,
    export: (spans, done) => {
      waiting -= spans.length
      exporter.export(spans, (result) => {
        if (result.code !== SUCCESS) counters.increment("trace_export_failed_total")
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
  }
}
