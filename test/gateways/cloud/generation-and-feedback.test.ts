import { describe, expect, it } from "vitest"
import type { FeedbackBody } from "#gateways/cloud/feedback/feedback-body.ts"
import type { Generation } from "#gateways/cloud/generation/generation-body.ts"
import { ASK, fakeNetwork, GOOD_KEY, GOOD_RECORD, startGateway } from "./fake-network.ts"

const authorization = { authorization: `Bearer ${GOOD_KEY}` }
const generation = (url: string, id: string) => fetch(`${url}/v1/generation?id=${encodeURIComponent(id)}`, { headers: authorization })
const read = async <Body>(response: Response | Promise<Response>) => (await (await response).json()) as Body

describe("the record of an answer", () => {
  it("is found by the id of the answer, of its job and of its request", async () => {
    const { post, url } = await startGateway()
    const answer = await post(ASK, { "idempotency-key": "k" })
    const { id } = await read<{ readonly id: string }>(answer)
    const jobId = String(answer.headers.get("x-resultity-job-id"))
    const requestId = String(answer.headers.get("x-resultity-request-id"))
    const records = await Promise.all([id, jobId, requestId].map((one) => read<Generation>(generation(url, one))))
    expect(records.map(({ jobs }) => jobs.map(({ job_id }) => job_id))).toEqual([[jobId], [jobId], [jobId]])
    expect(records[0]).toMatchObject({
      object: "generation", id, model: ASK.model, streamed: false, cancelled: false, finish_reason: "stop", key_id: GOOD_RECORD.keyId,
      usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }, cost_micro_credits: "9",
    })
    expect(records[0]?.jobs[0]?.timings).toMatchObject({ submitted_at: 1_000, assigned_at: 1_010, ended_at: 1_500, duration_ms: 500, queue_ms: 10 })
    expect(records[2]?.request_id).toBe(requestId)
  })

  it("adds up what its jobs cost", async () => {
    const { post, url } = await startGateway()
    const answer = await post({ ...ASK, n: 3 })
    const record = await read<Generation>(generation(url, String(answer.headers.get("x-resultity-job-id"))))
    expect(record).toMatchObject({ cost_micro_credits: "27", usage: { completion_tokens: 6 } })
    expect(record.jobs).toHaveLength(3)
  })

  it.each(["", "x", "chatcmpl-1", "job_00000000-0000-7000-8000-000000000001", "req_00000000-0000-7000-8000-000000000001", "job_1,job_2"])(
    "is not there for %j", async (id) => {
      const { url } = await startGateway()
      const refused = await generation(url, id)
      expect(refused.status).toBe(id === "" ? 400 : 404)
      expect(await refused.json()).toMatchObject({ error: { param: "id" } })
    },
  )

  it("is not there for another namespace, nor is anything to be said of it", async () => {
    const network = fakeNetwork()
    const { post } = await startGateway(network)
    const { id } = await read<{ readonly id: string }>(post(ASK))
    const stranger = await startGateway(network, { keys: { find: async () => ({ ...GOOD_RECORD, namespaceId: "ns_00000000-0000-7000-8000-000000000009" as never }) } })
    expect((await generation(stranger.url, id)).status).toBe(404)
    expect((await stranger.post({ id, rating: "down" }, {}, "/v1/feedback")).status).toBe(404)
  })
})

describe("feedback", () => {
  it("is given once per answer and key, can be changed, and shows in the record", async () => {
    const { post, url, network } = await startGateway()
    const { id } = await read<{ readonly id: string }>(post(ASK))
    const say = (words: object) => read<FeedbackBody>(post({ id, ...words }, {}, "/v1/feedback"))
    expect(await say({ rating: "up" })).toMatchObject({ object: "feedback", rating: "up", category: null, flag: false, comment: null, key_id: GOOD_RECORD.keyId })
    const changed = await say({ rating: "down", category: "correctness", comment: "7, not 8", flag: true })
    expect(changed).toMatchObject({ rating: "down", category: "correctness", comment: "7, not 8", flag: true })
    expect((await read<Generation>(generation(url, id))).jobs[0]?.feedback).toEqual([changed])
    expect(network.counted.get("cloud_feedback_total/down")).toBe(1)
    expect(network.counted.get("cloud_flagged_total")).toBe(1)
  })

  it.each([
    [{ rating: "sideways" }, "rating"], [{}, "rating"], [{ rating: "up", category: "rude" }, "category"], [{ rating: "up", comment: "" }, "comment"],
    [{ rating: "up", comment: "x".repeat(4_097) }, "comment"], [{ rating: "up", comment: "\ud800" }, "comment"], [{ rating: "up", flag: "yes" }, "flag"],
  ])("with %j is refused by name", async (words, param) => {
    const { post } = await startGateway()
    const { id } = await read<{ readonly id: string }>(post(ASK))
    const refused = await post({ id, ...words }, {}, "/v1/feedback")
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ error: { param } })
  })
})
