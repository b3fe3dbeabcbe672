import { Effect } from "effect"
import { describe, expect, it, vi } from "vitest"
import { NetworkUnavailable } from "#commands/job/submit-chat.ts"
import type { MetricsShape } from "#commands/ports/metrics.ts"
import type { JobSpan } from "#commands/ports/tracing.ts"
import type { CloudAnswered } from "#gateways/cloud/cloud-gateway.ts"
import { answering, ASK, type FakeNetwork, fakeNetwork, GOOD_KEY, GOOD_RECORD, silent, startGateway } from "#test/gateways/cloud/fake-network.ts"

const ROOT = "POST /v1/chat/completions"

/** A gateway on a fake network, and everything that it reports. */
const observed = async (change: (network: FakeNetwork) => void = () => {}) => {
  const network = fakeNetwork()
  change(network)
  const spans: JobSpan[] = []
  const answers: CloudAnswered[] = []
  const durations: string[] = []
  const metrics: MetricsShape = { observe: (name) => void durations.push(name) }
  const tracing = { record: (span: JobSpan) => void spans.push(span) }
  const gateway = await startGateway(network, { metrics, tracing, onAnswered: (answered) => void answers.push(answered) })
  const answered = (): Promise<CloudAnswered> =>
    vi.waitFor(() => {
      const [first] = answers
      if (first === undefined) throw new Error("nothing was answered yet")
      return first
    })
  const root = (): JobSpan | undefined => spans.find(({ work }) => work === ROOT)
  return { ...gateway, spans, answers, durations, answered, root }
}

describe("what a gateway reports of a request", () => {
  it.each([[false], [true]])("who asked, for what, how it ended; its first token and its job; stream: %s", async (stream) => {
    const { post, answered, durations, spans, root, network } = await observed()
    await (await post({ ...ASK, stream })).text()
    const [job] = network.submitted
    const { keyId, namespaceId } = GOOD_RECORD
    expect(await answered()).toMatchObject({
      method: "POST", route: "/v1/chat/completions", status: 200, requestId: expect.stringMatching(/^req_/), jobId: job?.jobId,
      caller: { keyId, namespaceId },
    })
    expect(durations).toEqual(["resultity_job_first_token_seconds", "resultity_job_duration_seconds"])
    expect(spans.map(({ work }) => work)).toEqual(["count prompt", ROOT])
    expect(root()).toMatchObject({ jobId: job?.jobId, failure: null })
    // These and no others: what else is known of a key is not for a trace.
    expect(root()?.facts).toEqual({ keyId, namespaceId, model: ASK.model, promptTokens: 5, completionTokens: 2, finishReason: "stop", status: 200 })
  })

  it("a template for a route with parameters, and none for what does not exist", async () => {
    const { url, answers } = await observed()
    const headers = { authorization: `Bearer ${GOOD_KEY}` }
    await (await fetch(`${url}/v1/models/tiny%2Fchat`, { headers })).text()
    await (await fetch(`${url}/admin/../secret?key=1`, { headers })).text()
    await vi.waitFor(() => expect(answers).toHaveLength(2))
    expect(answers.map(({ route, status }) => [route, status])).toEqual([["/v1/models/*", 200], ["none", 404]])
  })

  it("a wrong key without a caller, and without a trace", async () => {
    const { post, answered, spans } = await observed()
    await (await post(ASK, { authorization: "Bearer nonsense" })).text()
    expect(await answered()).toMatchObject({ status: 401, route: "/v1/chat/completions", caller: null, jobId: null })
    expect(spans).toEqual([])
  })

  it("a refused body as a trace without a job, and no failure of ours", async () => {
    const { post, answered, root, durations } = await observed()
    await (await post({ model: ASK.model })).text()
    expect(await answered()).toMatchObject({ status: 400, jobId: null })
    expect(root()).toMatchObject({ failure: null, facts: { status: 400 } })
    expect(durations).toEqual([])
  })

  it("a network that is away as a failure, and no job", async () => {
    const { post, answered, root, durations } = await observed((network) => {
      network.submit = () => Effect.fail(new NetworkUnavailable({ reason: "no log" }))
    })
    await (await post(ASK)).text()
    expect((await answered()).status).toBe(503)
    expect(root()).toMatchObject({ failure: "503", facts: { status: 503 } })
    expect(durations).toEqual([])
  })

  it("a prompt that nobody counted as the failure of that part", async () => {
    const { post, answered, spans } = await observed((network) => (network.promptTokens = 10_000))
    await (await post(ASK)).text()
    expect((await answered()).status).toBe(400)
    expect(spans[0]).toMatchObject({ work: "count prompt", failure: "not_counted" })
  })

  it("an answer that ended with an error after it had begun, by the error's code", async () => {
    const { post, answered, root } = await observed((network) => {
      network.script = (say) => {
        say.tokens("Hel")
        say.ended("expired")
      }
    })
    await (await post({ ...ASK, stream: true })).text()
    expect((await answered()).status).toBe(200)
    expect(root()).toMatchObject({ failure: "timeout" })
  })

  it("499 for a client that left before its answer was complete", async () => {
    const { url, answered, network, durations } = await observed((network) => (network.script = silent))
    const leaving = new AbortController()
    const asked = fetch(`${url}/v1/chat/completions`, {
      method: "POST", body: JSON.stringify(ASK), headers: { authorization: `Bearer ${GOOD_KEY}` }, signal: leaving.signal,
    })
    asked.catch(() => {})
    await vi.waitFor(() => expect(network.answered).toBe(1))
    leaving.abort()
    expect(await answered()).toMatchObject({ status: 499, jobId: network.submitted[0]?.jobId })
    expect(durations).toEqual(["resultity_job_duration_seconds"])
  })

  it("each request once, and nothing of what was said", async () => {
    const { post, answers, spans } = await observed((network) => (network.script = answering("walrus-", "20481")))
    await (await post({ ...ASK, messages: [{ role: "user", content: "xylophone-73915" }] })).text()
    await (await post(ASK)).text()
    await vi.waitFor(() => expect(answers).toHaveLength(2))
    expect(spans.filter(({ work }) => work === ROOT)).toHaveLength(2)
    expect(JSON.stringify([answers, spans])).not.toMatch(/walrus|20481|xylophone/)
  })
})
