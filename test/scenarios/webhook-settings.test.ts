import { Effect } from "effect"
import { describe, expect, test, vi } from "vitest"
import { createWebhook, deleteWebhook, enableWebhook, rotateWebhookSecret } from "#commands/webhook/manage-webhooks.ts"
import { signMessage } from "#commands/webhook/sign-message.ts"
import { postgresWebhookDeliveries } from "#infra/postgres/webhook-deliveries.ts"
import { webhookSender } from "#infra/webhooks/send-message.ts"
import { webhookQueries } from "#projections/webhooks/query.ts"
import { CHOICES, jobAt, NAMESPACE, useWebhookProcesses } from "./webhook-processes.ts"

const { startProcess, reached, create, endJob, rows, network, receiver } = useWebhookProcesses()

describe("a webhook", () => {
  test("that is gone is disabled at once, and one that failed for days when it fails again", async () => {
    const process = startProcess()
    const gone = await create(process, { types: ["job.completed"] }, "/gone")
    const failing = await create(process, { types: ["job.failed"] }, "/failing")
    receiver().answer((path) => (path === "/gone" ? 410 : 500))
    process.work()
    await rows(`insert into webhooks.failing values ('${failing.webhookId}', ${Date.now() - 6 * 86_400_000})`)
    await endJob(process, 1)
    await endJob(process, 2, { reason: "failed" })
    await vi.waitFor(async () => {
      const found = await Promise.all([gone, failing].map(({ webhookId }) => webhookQueries(network().live).find(webhookId)))
      expect(found.map((one) => one?.disabled)).toEqual(["gone", "failing"])
    }, { timeout: 10_000 })
    await reached(await process.run(enableWebhook({ namespaceId: NAMESPACE, webhookId: gone.webhookId })))
    receiver().answer(() => 200)
    await endJob(process, 4)
    await vi.waitFor(() => expect(receiver().received().some(({ body }) => body.includes(jobAt(4)))).toBe(true), { timeout: 10_000 })
  })

  test("signs with both secrets while one takes the place of the other", async () => {
    const process = startProcess()
    const { webhookId, secret } = await create(process)
    const rotated = await process.run(rotateWebhookSecret({ namespaceId: NAMESPACE, webhookId }))
    await reached(rotated)
    process.work()
    await endJob(process, 1)
    const [message] = await receiver().eventually(1)
    if (message === undefined) throw new Error("nothing came")
    const { headers, body } = message
    const [id, at] = [String(headers["webhook-id"]), Number(headers["webhook-timestamp"])]
    expect(rotated.secret).not.toBe(secret)
    expect(headers).toMatchObject(signMessage({ id, body, secrets: [rotated.secret, secret], now: at * 1_000 }))
  })

  test("that was deleted is told nothing more", async () => {
    const process = startProcess()
    const { webhookId } = await create(process, {}, "/deleted")
    await create(process, {}, "/kept")
    await reached(await process.run(deleteWebhook({ namespaceId: NAMESPACE, webhookId })))
    process.work()
    await endJob(process, 1)
    const received = await receiver().eventually(1)
    expect(received.map(({ path }) => path)).toEqual(["/kept"])
    expect(await rows("select 1 from webhooks.deliveries")).toHaveLength(1)
  })

  test("can be tested, and told again one message or all of a time", async () => {
    const process = startProcess()
    await endJob(process, 1)
    const { webhookId } = await create(process)
    process.work()
    const deliveries = postgresWebhookDeliveries(network().database.pool)
    const testId = await process.run(deliveries.test({ webhookId, namespaceId: NAMESPACE, now: Date.now() }))
    const [tested] = await receiver().eventually(1)
    expect(JSON.parse(tested?.body ?? "")).toMatchObject({ id: testId, type: "webhook.test", data: { webhook_id: webhookId } })
    const again = { webhookId, from: 0, until: Date.now() + 1, limit: 100, now: Date.now() }
    expect(await process.run(deliveries.replayTime(again))).toBe(1)
    const [, old] = await receiver().eventually(2)
    expect(old?.body).toContain(jobAt(1))
    await vi.waitFor(async () => expect(await rows("select 1 from webhooks.deliveries where state = 'delivered'")).toHaveLength(2))
    const deliveryId = String(old?.headers["webhook-id"])
    expect(await process.run(deliveries.replay({ webhookId, deliveryId, now: Date.now() }))).toBe(true)
    expect(await process.run(deliveries.replay({ webhookId, deliveryId: "msg_x", now: Date.now() }))).toBe(false)
    const [, , repeated] = await receiver().eventually(3)
    expect(repeated?.headers["webhook-id"]).toBe(deliveryId)
  })

  test("keeps its address and its secret out of the log and the tables", async () => {
    const process = startProcess()
    const { secret } = await create(process, {}, "/services/T0/B0/opensesame")
    for (const table of ["log.events", "read.webhooks", "webhooks.urls", "webhooks.deliveries"]) {
      const text = JSON.stringify(await rows(`select t::text from ${table} t`))
      expect(text).not.toContain("opensesame")
      expect(text).not.toContain(Buffer.from("opensesame").toString("hex"))
      expect(text).not.toContain(secret.slice(6))
    }
  })

  test.each([["http://127.0.0.1:1/", "https"], ["https://10.0.0.1/", "public internet"]])("is refused for %s where only the internet may be reached", async (url, words) => {
    const process = startProcess(webhookSender("public"))
    const refused = await process.run(Effect.flip(createWebhook({ namespaceId: NAMESPACE, url, choices: CHOICES })))
    expect(refused).toMatchObject({ _tag: "WebhookUrlRefused", expected: expect.stringContaining(words) })
  })
})
