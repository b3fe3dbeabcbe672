import type { TracingShape } from "#commands/ports/tracing.ts"
import type { CountersShape } from "#commands/ports/counters.ts"

export interface Tracing extends TracingShape {
  /** Sends what is left, as long as that takes little time. */
  readonly close: () => Promise<void>
}

export interface TracingOptions {
  /** What this process is called where `OTEL_SERVICE_NAME` does not say. */
  readonly service: string
  readonly counters: CountersShape
}

/** Null unless the environment names a collector: then nothing of OpenTelemetry is loaded, and nothing is measured. */
export const openTracing = async (environment: NodeJS.ProcessEnv, options: TracingOptions): Promise<Tracing | null> => {
  if (!isWanted(environment)) return null
  const { otlpTracing } = await import("./otlp-tracing.ts")
  return otlpTracing(environment, options)
}

const isWanted = (environment: NodeJS.ProcessEnv): boolean => {
  const endpoint = environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] ?? environment["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? ""
  return endpoint !== "" && environment["OTEL_SDK_DISABLED"]?.toLowerCase() !== "true" && environment["OTEL_TRACES_EXPORTER"] !== "none"
}
