import { describe, expect, it, vi } from "vitest"
import { adminGateway } from "#gateways/admin/admin-gateway.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { boundedReading, type Gauge, type GaugeValue } from "#infra/telemetry/gauge.ts"
import { processMetrics } from "#infra/telemetry/process-metrics.ts"
import { parsePrometheus } from "#test/support/prometheus-text.ts"

const gauge = (read: Gauge["read"], label: string | null = null): Gauge => ({ name: "resultity_nodes", help: "Nodes.", label, read })
const REQUEST = { role: "cloud", route: "/v1/models/:model", status: "200" }
const COUNT = 'resultity_http_request_duration_seconds_count{role="cloud",route="/v1/models/:model",status="200"}'

const scrape = async () => {
  const counters = memoryCounters()
  const metrics = processMetrics(counters)
  const app = adminGateway({
    token: "t", counters, presence: { online: () => [] }, snapshot: { read: counters.snapshot }, metrics: metrics.text,
    readiness: async () => ({ ready: true, checks: {} }), onDefect: () => {},
  })
  const read = async () => parsePrometheus((await app.inject({ url: "/metrics", headers: { authorization: "Bearer t" } })).body)
  return { counters, metrics, read }
}

describe("metrics", () => {
  it("are one text that a strict reader takes, counters and odd reasons included", async () => {
    const { counters, metrics, read } = await scrape()
    counters.increment("io_refused_total", 'a "quoted"\n\\ reason')
    counters.increment("plain_total")
    metrics.gauge(gauge(async () => [{ of: "online", value: 2 }, { of: "offline", value: 0 }], "state"))
    metrics.observe("resultity_http_request_duration_seconds", 0.02, REQUEST)
    const samples = await read()
    expect(samples.get("plain_total")).toBe(1)
    expect(samples.get('resultity_nodes{state="online"}')).toBe(2)
    expect(samples.get(COUNT)).toBe(1)
    expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(1e6)
    expect(samples.has("nodejs_eventloop_lag_p99_seconds")).toBe(true)
  })

  it("count what was observed before the library was there", async () => {
    const { metrics, read } = await scrape()
    metrics.observe("resultity_job_first_token_seconds", 0.3, {})
    metrics.observe("resultity_job_first_token_seconds", 400, {})
    const samples = await read()
    expect(samples.get("resultity_job_first_token_seconds_count")).toBe(2)
    expect(samples.get('resultity_job_first_token_seconds_bucket{le="0.5"}')).toBe(1)
    expect(samples.get("resultity_job_first_token_seconds_sum")).toBeCloseTo(400.3)
  })

  it("show each gauge as it is now", async () => {
    const { metrics, read } = await scrape()
    let value = 1
    metrics.gauge(gauge(async () => [{ of: "", value: value++ }]))
    expect((await read()).get("resultity_nodes")).toBe(1)
    expect((await read()).get("resultity_nodes")).toBe(2)
  })

  it("leave out a gauge that cannot be read, and count that", async () => {
    const { counters, metrics, read } = await scrape()
    const answers = [[{ of: "", value: 7 }], null]
    metrics.gauge(gauge(async () => answers.shift() ?? Promise.reject(new Error("no database"))))
    expect((await read()).get("resultity_nodes")).toBe(7)
    expect((await read()).has("resultity_nodes")).toBe(false)
    expect(counters.snapshot()).toContainEqual({ name: "metrics_unread_total", reason: "resultity_nodes", value: 1 })
  })

  it("wait for a reading no longer than its time, and do not begin a second one beside it", async () => {
    const begun: ((values: readonly GaugeValue[]) => void)[] = []
    const read = boundedReading(gauge(() => new Promise((resolve) => begun.push(resolve))), memoryCounters(), 10)
    expect(await Promise.all([read(), read(), read()])).toEqual([null, null, null])
    expect(begun).toHaveLength(1)
    const later = read()
    begun[0]?.([{ of: "", value: 3 }])
    expect(await later).toEqual([{ of: "", value: 3 }])
    void read()
    await vi.waitFor(() => expect(begun).toHaveLength(2))
  })
})

describe("the reader of the tests", () => {
  it.each([
    ["a 1", "last line"],
    ["a 1\n", "no type"],
    ["# TYPE a counter\na 1\na 2\n", "twice"],
    ['# TYPE a counter\na{b="1",b="2"} 1\n', "label twice"],
    ["# TYPE a counter\na 1\n# TYPE b counter\nb 1\na 2\n", "two places"],
    ["# TYPE a counter\n# TYPE a gauge\na 1\n", "two types"],
    ['# TYPE a counter\na{b="x\ny"} 1\n', "not a sample"],
    ['# TYPE a counter\na{b="\\q"} 1\n', "not a sample"],
    ["# TYPE a counter\na one\n", "not a sample"],
    ['# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n', "fall"],
    ['# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n', "count"],
  ])("refuses %j", (text, why) => expect(() => parsePrometheus(text)).toThrow(why))
})
