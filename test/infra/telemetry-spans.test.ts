import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { newAttemptId, newJobId } from "#commands/ids.ts"
import type { JobSpan } from "#commands/ports/tracing.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { openTracing } from "#infra/telemetry/open-tracing.ts"
import { traceSampler } from "#infra/telemetry/sampler.ts"
import { parentSpanIdOf, spanIdOf, traceIdOf } from "#infra/telemetry/span-tree.ts"
import { otlpReceiver } from "#test/support/otlp-receiver.ts"

const span = (over: Partial<JobSpan> = {}): JobSpan => ({
  jobId: newJobId(), work: "POST /v1/chat/completions", attemptId: null, startedAt: 1_000_000_000_000, endedAt: 1_000_000_000_250, facts: {},
  failure: null, linkedTo: null, ...over,
})

const tracing = async (url: string, counters = memoryCounters()) => {
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
  const open = await openTracing(process.env, { service: "test", counters })
  if (open === null) throw new Error("tracing is off")
  return { ...open, counters }
}

afterEach(() => vi.unstubAllEnvs())

describe("a job's trace", () => {
  it("has an id that everybody knows who knows the job", () => {
    const { jobId } = span()
    expect(traceIdOf(jobId)).toMatch(/^[0-9a-f]{32}$/)
    expect(`job_${traceIdOf(jobId).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5")}`).toBe(jobId)
  })

  it("hangs together across processes: generate on attempt on assign on the request", () => {
    const ofJob = span()
    const { jobId } = ofJob
    const attemptId = newAttemptId()
    const [assign, attempt, generate] = (["assign", "attempt", "generate"] as const).map((work) => span({ jobId, work, attemptId }))
    if (assign === undefined || attempt === undefined || generate === undefined) throw new Error("three spans")
    expect(parentSpanIdOf(ofJob)).toBe(null)
    expect(parentSpanIdOf(assign)).toBe(spanIdOf(ofJob))
    expect(parentSpanIdOf(attempt)).toBe(spanIdOf(assign))
    expect(parentSpanIdOf(generate)).toBe(spanIdOf(attempt))
    expect(parentSpanIdOf(span({ jobId, work: "settle" }))).toBe(spanIdOf(ofJob))
    expect(new Set([spanIdOf(ofJob), spanIdOf(assign), spanIdOf(attempt)]).size).toBe(3)
  })

  it("keeps two attempts apart, and a refused record of an assignment from the one that succeeded", () => {
    const { jobId } = span()
    const [one, two] = [newAttemptId(), newAttemptId()].map((attemptId) => span({ jobId, work: "assign", attemptId }))
    if (one === undefined || two === undefined) throw new Error("two spans")
    expect(spanIdOf(one)).not.toBe(spanIdOf(two))
    expect(spanIdOf({ ...one, failure: "EventStoreUnavailable" })).toBe(null)
  })
})

describe("sampling", () => {
  const kept = (environment: Record<string, string>, ids: readonly string[]) => ids.filter(traceSampler(environment)).length
  const ids = Array.from({ length: 2_000 }, () => traceIdOf(newJobId()))

  it.each([[{}], [{ OTEL_TRACES_SAMPLER: "always_on" }], [{ OTEL_TRACES_SAMPLER: "traceidratio" }], [{ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "lots" }]])(
    "keeps all with %j",
    (environment) => expect(kept(environment, ids)).toBe(ids.length),
  )

  it.each([["always_off"], ["parentbased_always_off"]])("keeps none with %s", (OTEL_TRACES_SAMPLER) =>
    expect(kept({ OTEL_TRACES_SAMPLER }, ids)).toBe(0),
  )

  it("keeps the share that was asked for, though ids begin with the time, and every process keeps the same ones", () => {
    const quarter = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" }
    expect(kept(quarter, ids) / ids.length).toBeGreaterThan(0.2)
    expect(kept(quarter, ids) / ids.length).toBeLessThan(0.3)
    expect(ids.filter(traceSampler(quarter))).toEqual(ids.filter(traceSampler(quarter)))
  })
})

describe("spans on their way to a collector", () => {
  it("are not made without one", async () => {
    expect(await openTracing({}, { service: "test", counters: memoryCounters() })).toBe(null)
    expect(await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: "" }, { service: "test", counters: memoryCounters() })).toBe(null)
    const off = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_SDK_DISABLED: "true" }
    expect(await openTracing(off, { service: "test", counters: memoryCounters() })).toBe(null)
  })

  it("carry their facts by the names of the conventions, their times, and the client's trace as a link", async () => {
    const receiver = await otlpReceiver()
    onTestFinished(receiver.close)
    const { record, close } = await tracing(receiver.url)
    const root = span({
      facts: { model: "m", completionTokens: 3, status: 200, namespaceId: "ns_1" },
      linkedTo: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    })
    record(root)
    record(span({ jobId: root.jobId, work: "settle", failure: "HoldNotFound" }))
    await close()
    const [first, second] = receiver.spans()
    expect(first).toMatchObject({
      traceId: traceIdOf(root.jobId), spanId: spanIdOf(root), name: "POST /v1/chat/completions", service: "test",
      startTimeUnixNano: "1000000000000000000", endTimeUnixNano: "1000000000250000000",
      attributes: {
        "resultity.job.id": root.jobId, "gen_ai.request.model": "m", "gen_ai.usage.output_tokens": 3,
        "http.response.status_code": 200, "http.route": "/v1/chat/completions", "resultity.namespace.id": "ns_1",
      },
      links: [{ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }],
    })
    expect(first).not.toHaveProperty("parentSpanId")
    expect(second).toMatchObject({ parentSpanId: spanIdOf(root), status: { code: 2, message: "HoldNotFound" } })
  })

  it.each([["rubbish"], ["00-00000000000000000000000000000000-b7ad6b7169203331-01"], [""]])(
    "have no link to %j",
    async (linkedTo) => {
      const receiver = await otlpReceiver()
      onTestFinished(receiver.close)
      const { record, close } = await tracing(receiver.url)
      record(span({ linkedTo }))
      await close()
      expect(receiver.spans()).toMatchObject([{ links: [] }])
    },
  )

  it("are dropped and counted beyond a limit; a collector that refuses is counted, and nobody hears of it", async () => {
    const receiver = await otlpReceiver({ status: 400 })
    onTestFinished(receiver.close)
    const { record, close, counters } = await tracing(receiver.url)
    for (let n = 0; n < 3_000; n += 1) record(span())
    await close()
    const counted = new Map(counters.snapshot().map(({ name, value }) => [name, value]))
    expect(counted.get("trace_spans_dropped_total")).toBeGreaterThan(0)
    expect(counted.get("trace_export_failed_total")).toBeGreaterThan(0)
  })

  it("do not keep a process that ends, when nobody is there to take them", async () => {
    const { record, close } = await tracing("http://127.0.0.1:9")
    record(span())
    const began = performance.now()
    await close()
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
