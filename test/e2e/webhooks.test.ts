import { createHmac } from "node:crypto"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { cleanUp, eventually, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"
import { webhookReceiver, type WebhookReceiver } from "#test/support/webhook-receiver.ts"

const folders: string[] = []
let data = ""
let receiver: WebhookReceiver
let up: Running

beforeAll(async () => {
  vi.stubEnv("WEBHOOK_TARGETS", "any")
  receiver = await webhookReceiver()
  data = await temporaryFolder()
  folders.push(data)
  up = await start("up", "--port", "0", "--data", data, "--model", "echo:")
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await cleanUp(folders)
  await receiver.close()
})

const ask = async (): Promise<string> => {
  const response = await fetch(`${String(up.ready["base_url"])}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${String(up.ready["api_key"])}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "echo", messages: [{ role: "user", content: "hello" }] }),
  })
  expect(response.status).toBe(200)
  await response.text()
  return response.headers.get("x-resultity-job-id") ?? ""
}

it("a message that was under way when its network was killed comes again, to a network that is started again, and is signed", async () => {
  const namespace = String(up.ready["namespace_id"])
  const { secret, webhook_id: id } = await resultityJson<{ readonly secret: string; readonly webhook_id: string }>(
    "webhooks", "create", `${receiver.url}/hook`, "--namespace", namespace, "--include-content", "--data", data,
  )
  receiver.answer(() => "never")
  const jobId = await ask()
  const [first] = await receiver.eventually(1)
  await up.kill()
  receiver.answer(() => 200)
  up = await start("up", "--port", "0", "--data", data, "--model", "echo:")
  const again = await eventually(() => {
    const message = receiver.received().at(1)
    if (message === undefined) throw new Error("it has not come again")
    return message
  }, 60_000)
  expect(again.headers["webhook-id"]).toBe(first?.headers["webhook-id"])
  const signed = `${String(again.headers["webhook-id"])}.${String(again.headers["webhook-timestamp"])}.${again.body}`
  const signature = createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64")).update(signed).digest("base64")
  expect(again.headers["webhook-signature"]).toBe(`v1,${signature}`)
  expect(JSON.parse(again.body)).toMatchObject({
    type: "job.completed",
    data: { job_id: jobId, model: "echo", status: "completed", content: { request: { messages: [{ role: "user", content: "hello" }] }, answer: "hello" } },
  })
  await eventually(async () => {
    const deliveries = await resultityJson<readonly { readonly state: string }[]>("webhooks", "deliveries", id, "--data", data)
    expect(deliveries).toMatchObject([{ state: "delivered" }])
  })
}, 150_000)

it("what was asked and answered can be erased, and is not sent any more", async () => {
  const namespace = String(up.ready["namespace_id"])
  const jobId = await ask()
  const before = (await eventually(() => {
    expect(receiver.received().some(({ body }) => body.includes(jobId))).toBe(true)
    return receiver.received()
  })).length
  const [webhook] = await resultityJson<readonly { readonly webhookId: string }[]>("webhooks", "list", "--namespace", namespace, "--data", data)
  await resultityJson("content", "erase", "--namespace", namespace, "--job", jobId, "--data", data)
  await resultityJson("webhooks", "replay", webhook?.webhookId ?? "", "--hours", "1", "--data", data)
  const replayed = await eventually(() => {
    const message = receiver.received().slice(before).find(({ body }) => body.includes(jobId))
    if (message === undefined) throw new Error("it has not come again")
    return message
  }, 40_000)
  expect(JSON.parse(replayed.body)).toMatchObject({ data: { job_id: jobId, content: { request: null, answer: null } } })
  const erasures = await resultityJson<readonly object[]>("content", "erasures", "--namespace", namespace, "--data", data)
  expect(erasures).toMatchObject([{ jobId }])
}, 120_000)
