import { afterAll, beforeAll, expect, it } from "vitest"
import type { FeedbackBody } from "#gateways/cloud/feedback/feedback-body.ts"
import type { Generation } from "#gateways/cloud/generation/generation-body.ts"
import type { RequestObject } from "#gateways/cloud/requests/request-object.ts"
import { cleanUp, eventually, resultity, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"

const folders: string[] = []
let data = ""
let up: Running
let request: RequestObject

/** A request with plain headers. */
type Sent = Omit<RequestInit, "headers"> & { readonly headers?: Readonly<Record<string, string>> }

const api = async <Body>(path: string, init: Sent = {}): Promise<Body> => {
  const headers = { authorization: `Bearer ${String(up.ready["api_key"])}`, "content-type": "application/json", ...init.headers }
  const response = await fetch(`${String(up.ready["base_url"])}${path}`, { ...init, headers })
  expect(response.ok, `${path}: ${response.status}`).toBe(true)
  return (await response.json()) as Body
}

beforeAll(async () => {
  folders.push(await temporaryFolder(), await temporaryFolder())
  data = folders[0] ?? ""
  up = await start("up", "--no-node", "--port", "0", "--data", data)
  await start("node", "--join", String(up.ready["io_url"]), "--model", "echo:", "--data", folders[1] ?? "")
  const body = JSON.stringify({ model: "echo", messages: [{ role: "user", content: "one two three" }] })
  const { id } = await api<RequestObject>("/chat/completions", { method: "POST", body, headers: { prefer: "respond-async" } })
  request = await eventually(async () => {
    const found = await api<RequestObject>(`/requests/${id}`)
    expect(found.status).toBe("completed")
    return found
  })
})
afterAll(() => cleanUp(folders))

it("a request that was fetched later is listed, and shown with the jobs that it became", async () => {
  const listed = await resultityJson<readonly { readonly requestId: string; readonly status: string }[]>("requests", "list", "--status", "completed", "--data", data)
  expect(listed).toMatchObject([{ requestId: request.id, status: "completed", mode: "polling" }])
  const shown = await resultity("requests", "show", request.id, "--data", data)
  expect(shown.stdout).toContain(`${request.id}  completed`)
  expect(shown.stdout).toContain(request.job_ids[0])
})

it("one that has ended cannot be cancelled", async () => {
  const refused = await resultity("requests", "cancel", request.id, "--data", data)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain("has ended already: completed")
})

it("its record says what it cost, right away", async () => {
  const record = await api<Generation>(`/generation?id=${request.id}`)
  expect(record).toMatchObject({ request_id: request.id, model: "echo", streamed: false, retries: 0, cost_micro_credits: expect.stringMatching(/^\d+$/) })
  expect(record.jobs[0]).toMatchObject({
    status: "completed", mode: "polling", attempts: [{ attempt: 1, node: 1, outcome: "answered" }],
    cost: { policy_hash: expect.any(String), held: expect.any(String), charged: record.cost_micro_credits },
    timings: { generation_ms: expect.any(Number), queue_ms: expect.any(Number) },
  })
})

it("what its client thinks of it is in its record, in the job's story and in the operators' list, the comment in the first alone", async () => {
  const comment = "a comment that nobody else is to read"
  const given = await api<FeedbackBody>("/feedback", { method: "POST", body: JSON.stringify({ id: request.id, rating: "down", category: "speed", comment, flag: true }) })
  const record = await api<Generation>(`/generation?id=${request.id}`)
  expect(record.jobs[0]?.feedback).toEqual([given])
  expect(given.comment).toBe(comment)
  const story = await resultity("jobs", "show", request.job_ids[0] ?? "", "--data", data)
  expect(story.stdout).toContain("thumbs down, speed, flagged, with a comment")
  const listed = await resultity("feedback", "list", "--flagged", "--json", "--data", data)
  expect(JSON.parse(listed.stdout)).toMatchObject([{ jobId: request.job_ids[0], rating: "down", flagged: true, model: "echo", commentBytes: comment.length }])
  expect(story.stdout + listed.stdout).not.toContain(comment)
  expect(await resultityJson("feedback", "models", "--data", data)).toEqual([{ model: "echo", up: 0, down: 1, flagged: 1 }])
})
