import { Effect } from "effect"
import { describe, expect, test, vi } from "vitest"
import { signMessage } from "#commands/webhook/sign-message.ts"
import { namespaceAt } from "../projections/workload-world.ts"
import { jobAt, NAMESPACE, useWebhookProcesses } from "./webhook-processes.ts"

const { content, startProcess, create, endJob, rows, receiver } = useWebhookProcesses()

describe("messages to webhooks", () => {
  test("tell of each job once, signed, and of nothing that was before the webhook", async () => {
    const process = startProcess()
    await endJob(process, 1)
    const { webhookId, secret } = await create(process)
    process.work()
    await endJob(process, 2)
    await endJob(process, 3, { reason: "failed" })
    const received = await receiver().eventually(2)
    expect(received.map(({ body }) => body).toSorted((a, b) => a.indexOf("failed") - b.indexOf("failed")).map((body) => JSON.parse(body) as unknown)).toMatchObject([
      { type: "job.completed", data: { job_id: jobAt(2), model: "m", status: "completed", prompt_tokens: 3, completion_tokens: 2, cost_microcredits: "5", duration_ms: 12 } },
      { type: "job.failed", data: { job_id: jobAt(3), status: "failed" } },
    ])
    for (const { headers, body } of received) {
      const [id, at] = [String(headers["webhook-id"]), Number(headers["webhook-timestamp"])]
      expect(headers).toMatchObject(signMessage({ id, body, secrets: [secret], now: at * 1_000 }))
      expect((JSON.parse(body) as { readonly id: string }).id).toBe(id)
      expect(id.endsWith(webhookId.slice(3))).toBe(true)
    }
    const delivered = { state: "delivered", attempts: 1 }
    await vi.waitFor(async () => expect(await rows("select state, attempts from webhooks.deliveries")).toEqual([delivered, delivered]))
  })

  test("go to whom they concern: by namespace, type and model", async () => {
    const process = startProcess()
    await create(process, { types: ["job.failed"] }, "/failures")
    await create(process, { models: ["other"] }, "/other-model")
    await create(process, {}, "/other-namespace", namespaceAt(2))
    await create(process, {}, "/all")
    process.work()
    await endJob(process, 1)
    await endJob(process, 2, { reason: "failed" })
    await endJob(process, 3, { model: "other" })
    const received = await receiver().eventually(5)
    const seen = received.map(({ path, body }) => `${path} ${(JSON.parse(body) as { readonly data: { readonly job_id: string } }).data.job_id.slice(-1)}`)
    expect(seen.toSorted()).toEqual(["/all 1", "/all 2", "/all 3", "/failures 2", "/other-model 3"])
  })

  test("have what was said only where the webhook asks for it, and only on the way", async () => {
    const process = startProcess()
    await create(process, {}, "/without")
    await create(process, { includeContent: true }, "/with")
    await process.run(content.put({ namespaceId: NAMESPACE, jobId: jobAt(1), field: "request" }, JSON.stringify({ messages: "walrus" })))
    await process.run(content.put({ namespaceId: NAMESPACE, jobId: jobAt(1), field: "answer" }, "xylophone"))
    process.work()
    await endJob(process, 1)
    const bodies = new Map((await receiver().eventually(2)).map(({ path, body }) => [path, body]))
    expect(JSON.parse(bodies.get("/with") ?? "")).toMatchObject({ data: { content: { request: { messages: "walrus" }, answer: "xylophone" } } })
    expect(bodies.get("/without")).not.toMatch(/walrus|xylophone|content/)
    for (const table of ["deliveries", "attempts", "urls"]) expect(JSON.stringify(await rows(`select t::text from webhooks.${table} t`))).not.toMatch(/walrus|xylophone/)
  })

  test("come again after a failure, with the same id, until they are taken", async () => {
    const process = startProcess()
    await create(process)
    receiver().answer(() => 500)
    process.work()
    await endJob(process, 1)
    const [first] = await receiver().eventually(1)
    await vi.waitFor(async () => expect(await rows("select state, attempts from webhooks.deliveries")).toEqual([{ state: "pending", attempts: 1 }]))
    const [due] = await rows("select next_at - asked_at as waits from webhooks.deliveries")
    expect(Number(due?.["waits"])).toBeGreaterThanOrEqual(2_500)
    receiver().answer(() => 204)
    await rows("update webhooks.deliveries set next_at = 0")
    const [, second] = await receiver().eventually(2)
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"])
    await vi.waitFor(async () => expect(await rows("select attempt, status, problem from webhooks.attempts order by attempt")).toEqual([
      { attempt: 1, status: 500, problem: "it answered with 500" }, { attempt: 2, status: 204, problem: null },
    ]))
    expect(await rows("select * from webhooks.failing")).toEqual([])
  })

  test("survive the death of who sends them in the middle of it", async () => {
    const dying = startProcess({ refusal: () => null, post: () => Effect.never })
    await create(dying)
    const { stop } = dying.work()
    await endJob(dying, 1)
    await vi.waitFor(async () => expect(await rows("select 1 from webhooks.deliveries where claimed_until > 0")).toHaveLength(1))
    await stop()
    startProcess().work()
    await endJob(dying, 2)
    // Claimed by the dead, it waits; the other one does not wait for it.
    const [second] = await receiver().eventually(1)
    expect(second?.body).toContain(jobAt(2))
    await rows("update webhooks.deliveries set claimed_until = 0 where state = 'pending'")
    const [, first] = await receiver().eventually(2)
    expect(first?.body).toContain(jobAt(1))
  })

  test("are made once by any number of processes, and each is with one of them at a time", async () => {
    const processes = [startProcess(), startProcess(), startProcess()]
    const [process = startProcess()] = processes
    await create(process)
    for (const { work } of processes) work()
    await Promise.all(Array.from({ length: 20 }, (_, n) => endJob(process, n + 1)))
    await receiver().eventually(20)
    await vi.waitFor(async () => expect(await rows("select 1 from webhooks.deliveries where state = 'delivered'")).toHaveLength(20))
    expect(receiver().received()).toHaveLength(20)
    expect(new Set(receiver().received().map(({ headers }) => headers["webhook-id"])).size).toBe(20)
  })

  test("to one that does not answer hold up no other", async () => {
    const process = startProcess()
    await create(process, {}, "/silent")
    await create(process, {}, "/quick")
    receiver().answer((path) => (path === "/silent" ? "never" : 200))
    process.work()
    for (let n = 1; n <= 10; n++) await endJob(process, n)
    await vi.waitFor(() => expect(receiver().received().filter(({ path }) => path === "/quick")).toHaveLength(10), { timeout: 10_000 })
    expect(receiver().received().filter(({ path }) => path === "/silent").length).toBeLessThanOrEqual(4)
  })
})
