import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import {
  defaultResource, detectResources, resourceAttributesEnvDetector, resourceFromAttributes, serviceNameEnvDetector,
} from "@opentelemetry/resources"
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace"
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from "@opentelemetry/semantic-conventions"
import { randomBytes } from "node:crypto"
import process from "node:process"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { JobSpan } from "#commands/ports/tracing.ts"
import manifest from "../../package.json" with { type: "json" }
import { countedExporter } from "./counted-exporter.ts"
import type { Tracing } from "./open-tracing.ts"
import { type Environment, traceSampler } from "./sampler.ts"
import { attributesOf, linksOf } from "./span-attributes.ts"
import { parentSpanIdOf, spanIdOf, traceIdOf } from "./span-tree.ts"

/** Spans that wait for their batch; more are dropped. */
const MAX_QUEUED_SPANS = 2_048
const MAX_BATCH_SPANS = 512
const BATCH_DELAY_MS = 1_000
/** For one batch, all tries included. */
const EXPORT_TIMEOUT_MS = 10_000
/** For the last batches when the process ends. */
const CLOSE_MS = 3_000

export interface OtlpOptions {
  /** What this process is called where `OTEL_SERVICE_NAME` does not say. */
  readonly service: string
  readonly counters: CountersShape
}

/** Exports by OTLP/HTTP as OpenTelemetry's environment variables say. */
export const otlpTracing = (environment: Environment, { service, counters }: OtlpOptions): Tracing => {
  const exporter = countedExporter(new OTLPTraceExporter({ timeoutMillis: EXPORT_TIMEOUT_MS }), counters)
  const processor = new BatchSpanProcessor({
    exporter, maxQueueSize: MAX_QUEUED_SPANS, maxExportBatchSize: MAX_BATCH_SPANS,
    scheduledDelayMillis: BATCH_DELAY_MS, exportTimeoutMillis: 2 * EXPORT_TIMEOUT_MS,
  })
  // Ids are worked out, not drawn: the generator hands over those of the span that is being made.
  const ids = { traceId: "", spanId: "" }
  const provider = new TracerProvider({
    resource: resourceOf(service),
    sampler: new AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => ids.traceId, generateSpanId: () => ids.spanId },
    spanProcessors: [processor],
  })
  const tracer = provider.getTracer("resultity", manifest.version)
  const isSampled = traceSampler(environment)
  const record = (span: JobSpan): void => {
    ids.traceId = traceIdOf(span.jobId)
    if (!isSampled(ids.traceId)) return
    if (exporter.waiting() >= MAX_QUEUED_SPANS) return counters.increment("trace_spans_dropped_total")
    ids.spanId = spanIdOf(span) ?? randomBytes(8).toString("hex")
    exporter.queued()
    const parent = parentSpanIdOf(span)
    const context = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, {
      traceId: ids.traceId, spanId: parent, traceFlags: TraceFlags.SAMPLED, isRemote: true,
    })
    const kind = parent === null ? SpanKind.SERVER : SpanKind.INTERNAL
    const made = tracer.startSpan(span.work, { kind, startTime: span.startedAt, attributes: attributesOf(span), links: linksOf(span) }, context)
    if (span.failure !== null) made.setStatus({ code: SpanStatusCode.ERROR, message: span.failure })
    made.end(Math.max(span.startedAt, span.endedAt))
  }
  return { record, close: () => within(CLOSE_MS, provider.shutdown().catch(() => {})) }
}

const resourceOf = (service: string) =>
  defaultResource()
    .merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: service, [ATTR_SERVICE_VERSION]: manifest.version, "process.pid": process.pid }))
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }))

const within = async (limitMs: number, done: Promise<void>): Promise<void> => {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, limitMs)
  await Promise.race([done, late])
  clearTimeout(timer)
}
