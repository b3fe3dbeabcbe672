import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { otlpReceiver, type ReceivedSpan } from "#test/support/otlp-receiver.ts"
import { parsePrometheus, type Samples } from "#test/support/prometheus-text.ts"
import { cleanUp, eventually, type Running, start, temporaryFolder } from "#test/support/processes.ts"

const ROOT = "POST /v1/chat/completions"
const PROMPT = "xylophone-73915 and walrus-20481"
const REQUESTS = 'resultity_http_request_duration_seconds_count{role="cloud",route="/v1/chat/completions",status="200"}'

describe("telemetry of an embedded network", () => {
  const folders: string[] = []
  let data = ""
  let up: Running
  let receiver: Awaited<ReturnType<typeof otlpReceiver>>
  let jobId = ""

  const ask = (headers: Record<string, string> = {}) =>
    fetch(`${String(up.ready["base_url"])}/chat/completions?secret=${PROMPT.split(" ")[0]}`, {
      method: "POST",
      headers: { authorization: `Bearer ${String(up.ready["api_key"])}`, "content-type": "application/json", ...headers },
      body: JSON.stringify({ model: "echo", messages: [{ role: "user", content: PROMPT }], stream: true }),
    })
  const scrape = async (): Promise<Samples> => {
    const { adminToken } = JSON.parse(await readFile(join(data, "secrets.json"), "utf8")) as { readonly adminToken: string }
    const response = await fetch(`${String(up.ready["admin_url"])}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })
    return parsePrometheus(await response.text())
  }
  const spansOf = (names: readonly string[]): Map<string, ReceivedSpan> => {
    const spans = receiver.spans()
    expect(new Set(spans.map(({ name }) => name))).toEqual(new Set(names))
    expect(spans).toHaveLength(names.length)
    return new Map(spans.map((span) => [span.name, span]))
  }

  beforeAll(async () => {
    receiver = await otlpReceiver()
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    data = await temporaryFolder()
    folders.push(data)
    up = await start("up", "--port", "0", "--data", data, "--model", "echo:")
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await cleanUp(folders)
    await receiver.close()
  })

  it("gives one request one trace, from the gateway to the node and back to the money", async () => {
    const response = await ask({ traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" })
    jobId = response.headers.get("x-resultity-job-id") ?? ""
    expect(await response.text()).toContain("walrus-20481")
    const spans = await eventually(() =>
      spansOf([ROOT, "count prompt", "hold", "submit", "assign", "attempt", "generate", "complete", "award points", "settle"]),
    )
    const idOf = (name: string) => spans.get(name)?.spanId
    expect(new Set([...spans.values()].map(({ traceId }) => traceId))).toEqual(new Set([jobId.slice("job_".length).replaceAll("-", "")]))
    for (const [name, { parentSpanId }] of spans) {
      const parent = name === ROOT ? undefined : name === "attempt" ? idOf("assign") : name === "generate" ? idOf("attempt") : idOf(ROOT)
      expect(parentSpanId, name).toBe(parent)
    }
    expect(spans.get("generate")?.service).toBe("resultity-node")
    expect(spans.get(ROOT)).toMatchObject({
      links: [{ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }],
      attributes: {
        "resultity.namespace.id": up.ready["namespace_id"],
        "resultity.key.id": String(up.ready["api_key"]).split("_")[2],
        "gen_ai.request.model": "echo",
        "gen_ai.response.finish_reasons": "stop",
        "gen_ai.usage.output_tokens": spans.get("settle")?.attributes["gen_ai.usage.output_tokens"],
        "http.response.status_code": 200,
      },
    })
    expect(spans.get("assign")?.attributes).toMatchObject({ "resultity.attempt.number": 1, "resultity.node.id": expect.stringMatching(/^0x/) })
    expect(spans.get("generate")?.attributes["resultity.attempt.id"]).toBe(spans.get("assign")?.attributes["resultity.attempt.id"])
    for (const { status } of spans.values()) expect(status.code).toBe(0)
  })

  it("shows it in the metrics, by route and never by URL", async () => {
    const before = await scrape()
    await (await ask()).text()
    await (await fetch(`${String(up.ready["base_url"])}/nothing/xylophone-73915`)).text()
    const after = await eventually(async () => {
      const samples = await scrape()
      expect(samples.get("resultity_holds_open")).toBe(0)
      expect(samples.get("resultity_jobs_waiting")).toBe(0)
      expect(samples.get('resultity_projection_lag_events{projection="jobs"}')).toBe(0)
      return samples
    })
    const more = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
    expect(more(REQUESTS)).toBe(1)
    expect(more("resultity_job_first_token_seconds_count")).toBe(1)
    expect(more("resultity_job_duration_seconds_count")).toBe(1)
    expect(more('resultity_http_request_duration_seconds_count{role="cloud",route="none",status="404"}')).toBe(1)
    expect(after.get('resultity_nodes{state="online"}')).toBe(1)
    expect([...after.keys()].filter((key) => key.includes("xylophone"))).toEqual([])
  })

  it("writes one line of JSON for each request", () => {
    const lines = up.output().trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>)
    const requests = lines.filter(({ msg }) => msg === "request")
    expect(requests).toHaveLength(3)
    expect(requests[0]).toMatchObject({
      level: 30, method: "POST", route: "/v1/chat/completions", status: 200, ms: expect.any(Number),
      request_id: expect.stringMatching(/^req_/), job_id: jobId, namespace_id: up.ready["namespace_id"],
      key_id: String(up.ready["api_key"]).split("_")[2],
    })
    expect(requests[2]).toMatchObject({ route: "none", status: 404 })
  })

  it("keeps prompts, answers, keys and URLs out of traces and logs", async () => {
    expect(await up.stop()).toBe(0)
    const [, , , secret = ""] = String(up.ready["api_key"]).split("_")
    for (const text of [receiver.bodies.join(), up.output()]) {
      expect(text).toContain("/v1/chat/completions")
      for (const planted of ["xylophone", "walrus", secret, "?secret"]) expect(text).not.toContain(planted)
    }
  })
})
