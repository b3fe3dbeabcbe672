import { readFile } from "node:fs/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type ChaosPlatform, startPlatform } from "#test/chaos/platform.ts"
import { PROFILES } from "#test/chaos/profiles.ts"
import { cliJson } from "#test/chaos/resultity-cli.ts"
import { otlpReceiver } from "#test/support/otlp-receiver.ts"
import { parsePrometheus, type Samples } from "#test/support/prometheus-text.ts"
import { eventually } from "#test/support/processes.ts"

const SPANS = ["POST /v1/chat/completions", "count prompt", "hold", "submit", "assign", "attempt", "generate", "complete", "award points", "settle"]

/** Whose process makes which span. */
const SERVICES: Readonly<Record<string, string>> = {
  "POST /v1/chat/completions": "resultity-cloud", "count prompt": "resultity-cloud", hold: "resultity-cloud", submit: "resultity-cloud",
  assign: "resultity-dispatcher", attempt: "resultity-io", generate: "resultity-node", complete: "resultity-io",
  "award points": "resultity-settlement", settle: "resultity-settlement",
}

describe("telemetry of processes that share nothing but the job's id", () => {
  let platform: ChaosPlatform
  let receiver: Awaited<ReturnType<typeof otlpReceiver>>

  beforeAll(async () => {
    receiver = await otlpReceiver()
    const { env, engines } = PROFILES.nats
    platform = await startPlatform({ env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }, engines, say: () => {} })
  }, 180_000)
  afterAll(async () => {
    await platform.stop()
    await receiver.close()
  }, 60_000)

  /** Of each role's process that has metrics. */
  const scrape = async (): Promise<ReadonlyMap<string, Samples>> => {
    const { adminToken } = JSON.parse(await readFile(platform.env["SECRETS_FILE"] ?? "", "utf8")) as { readonly adminToken: string }
    const serving = platform.roles.filter((role) => role.ready()["admin_url"] !== undefined)
    const read = async (url: unknown) => (await fetch(`${String(url)}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })).text()
    return new Map(await Promise.all(serving.map(async (role) => [role.name, parsePrometheus(await read(role.ready()["admin_url"]))] as const)))
  }

  it("gives a trace that is one, with each part from the process that did it, and nothing of what was said", async () => {
    const key = await cliJson<{ readonly api_key: string }>(platform.env, "keys", "create", "--new-namespace", "traced", "--credits", "1000000")
    const answer = await eventually(async () => {
      const response = await fetch(`${platform.baseUrls[0]}/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${key.api_key}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "tiny-chat", messages: [{ role: "user", content: "xylophone-73915" }], max_tokens: 8 }),
      })
      expect(response.status).toBe(200)
      return response
    }, 60_000)
    const jobId = answer.headers.get("x-resultity-job-id") ?? ""
    const { choices } = (await answer.json()) as { readonly choices: readonly [{ readonly message: { readonly content: string } }] }
    const traceId = jobId.slice("job_".length).replaceAll("-", "")
    const trace = await eventually(() => {
      const spans = receiver.spans().filter((span) => span.traceId === traceId)
      expect(spans.map(({ name }) => name).toSorted()).toEqual(SPANS.toSorted())
      return spans
    }, 30_000)
    expect(Object.fromEntries(trace.map(({ name, service }) => [name, service]))).toEqual(SERVICES)
    const idOf = (name: string) => trace.find((span) => span.name === name)?.spanId
    const parents = trace.map(({ name, parentSpanId }) => [name, trace.find(({ spanId }) => spanId === parentSpanId)?.name])
    expect(Object.fromEntries(parents)).toMatchObject({ generate: "attempt", attempt: "assign", assign: SPANS[0], settle: SPANS[0] })
    expect(idOf("POST /v1/chat/completions")).toBe(traceId.slice(16))
    const text = receiver.bodies.join()
    for (const planted of ["xylophone", key.api_key.split("_")[3] ?? "", choices[0].message.content]) expect(text).not.toContain(planted)
  }, 120_000)

  it("shows each process's metrics where a dashboard looks for them", async () => {
    const metrics = await eventually(async () => {
      const scraped = await scrape()
      const lags = [...(scraped.get("projector-1") ?? [])].filter(([name]) => name.startsWith("resultity_projection_lag_events"))
      expect(lags.length).toBeGreaterThan(5)
      expect(lags.filter(([, lag]) => lag !== 0)).toEqual([])
      expect(scraped.get("settlement-1")?.get("resultity_holds_open")).toBe(0)
      return scraped
    })
    expect([...metrics.keys()].toSorted()).toEqual([
      "cloud-1", "cloud-2", "dispatcher-1", "dispatcher-2", "io-1", "io-2", "projector-1", "projector-2", "settlement-1", "settlement-2",
      "status-1", "watchdog-1", "watchdog-2",
    ])
    const first = metrics.get("cloud-1")
    expect(first?.get('resultity_http_request_duration_seconds_count{role="cloud",route="/v1/chat/completions",status="200"}')).toBeGreaterThan(0)
    expect(first?.get("resultity_job_duration_seconds_count")).toBeGreaterThan(0)
    expect(metrics.get("dispatcher-2")?.get("resultity_jobs_waiting")).toBe(0)
    for (const samples of metrics.values()) {
      expect(samples.get('resultity_nodes{state="online"}')).toBe(2)
      expect(samples.get("process_cpu_seconds_total")).toBeGreaterThan(0)
    }
  })
})
