import OpenAI from "openai"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { type Account, openAccount } from "#test/chaos/account.ts"
import { type ChaosPlatform, startPlatform } from "#test/chaos/platform.ts"
import { PROFILES } from "#test/chaos/profiles.ts"
import { cliJson } from "#test/chaos/resultity-cli.ts"
import { readEvents, textOf } from "../gateways/cloud/read-events.ts"

const START_MS = 180_000
const CASE_MS = 120_000
const GRANTED = 1_000_000n

let platform: ChaosPlatform
let account: Account
beforeAll(async () => {
  platform = await startPlatform({ ...PROFILES.nats, say: () => {} })
  account = await openAccount(platform.env, GRANTED)
}, START_MS)
afterAll(() => platform?.stop(), START_MS)

const MODEL = "tiny-chat"
const ask = (content: string) => ({ model: MODEL, temperature: 0, messages: [{ role: "user" as const, content }] })
const clientOf = (gateway: number) =>
  new OpenAI({ baseURL: String(platform.baseUrls[gateway % platform.baseUrls.length]), apiKey: account.apiKey, maxRetries: 0, timeout: CASE_MS })
/** A request with plain headers. */
type Sent = Omit<RequestInit, "headers"> & { readonly headers?: Readonly<Record<string, string>> }

const fetchFrom = (gateway: number, path: string, init: Sent = {}) =>
  fetch(`${platform.baseUrls[gateway]}${path}`, {
    ...init, headers: { authorization: `Bearer ${account.apiKey}`, "content-type": "application/json", ...init.headers },
  })

interface Balance {
  readonly held: string
  readonly spent: string
}
/** What was spent once nothing is held. */
const spent = () =>
  vi.waitFor(
    async () => {
      const balance = await cliJson<Balance>(platform.env, "credits", "balance", "--namespace", account.namespaceId)
      expect(balance.held).toBe("0")
      return BigInt(balance.spent)
    },
    { timeout: 60_000, interval: 500 },
  )

/** A node has announced itself to each gateway. */
const served = () =>
  vi.waitFor(() => Promise.all([0, 1].map((gateway) => clientOf(gateway).chat.completions.create(ask("ping")))), { timeout: 60_000, interval: 500 })

it("50 requests of the official client with one key at two gateways are one job and one charge", async () => {
  await served()
  const before = await spent()
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      clientOf(index).chat.completions.create(ask("Tell me a story about a fox."), { headers: { "Idempotency-Key": "fifty" } }).withResponse(),
    ),
  )
  expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1)
  expect(new Set(answers.map(({ response }) => response.headers.get("x-resultity-job-id"))).size).toBe(1)
  const { usage } = answers[0]?.data ?? {}
  const cost = usage !== undefined && "cost_micro_credits" in usage ? BigInt(String(usage.cost_micro_credits)) : -1n
  await vi.waitFor(async () => expect((await spent()) - before).toBe(cost), { timeout: 30_000, interval: 500 })
}, CASE_MS)

it("the key decides with Redis stopped, too", async () => {
  const before = await spent()
  const killing = platform.killEngine("redis")
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) => clientOf(index).chat.completions.create(ask("What is 3 + 4?"), { headers: { "Idempotency-Key": "no-redis" } })),
  )
  await killing
  const again = await vi.waitFor(() => clientOf(0).chat.completions.create(ask("What is 3 + 4?"), { headers: { "Idempotency-Key": "no-redis" } }), { timeout: 60_000, interval: 500 })
  const texts = answers.flatMap((answer) => (answer.status === "fulfilled" ? [JSON.stringify(answer.value)] : []))
  for (const text of texts) expect(text).toBe(JSON.stringify(again))
  const cost = again.usage !== undefined && "cost_micro_credits" in again.usage ? BigInt(String(again.usage.cost_micro_credits)) : -1n
  await vi.waitFor(async () => expect((await spent()) - before).toBe(cost), { timeout: 30_000, interval: 500 })
}, CASE_MS)

it("a stream that is cut goes on at the other gateway, and is charged once", async () => {
  const before = await spent()
  const body = JSON.stringify({ ...ask("Tell me a story about a fox."), stream: true, stream_options: { include_usage: true } })
  const whole = await readEvents(await fetchFrom(0, "/chat/completions", { method: "POST", body, headers: { "idempotency-key": "whole" } }))
  const first = await readEvents(await fetchFrom(0, "/chat/completions", { method: "POST", body, headers: { "idempotency-key": "cut" } }), 5)
  const headers = { "idempotency-key": "cut", "last-event-id": String(first.at(-1)?.id) }
  const rest = await readEvents(await fetchFrom(1, "/chat/completions", { method: "POST", body, headers }))
  expect(textOf([...first, ...rest])).toBe(textOf(whole))
  const { usage } = JSON.parse(rest.at(-2)?.data ?? "{}")
  await vi.waitFor(async () => expect((await spent()) - before).toBe(2n * BigInt(usage.cost_micro_credits)), { timeout: 30_000, interval: 500 })
}, CASE_MS)

it("a request whose gateway is killed in the middle is done by the other one, and charged once", async () => {
  const before = await spent()
  const accepted = await fetchFrom(0, "/chat/completions", {
    method: "POST", body: JSON.stringify(ask("Tell me a story about a fox.")), headers: { prefer: "respond-async" },
  })
  expect(accepted.status).toBe(202)
  const { request_id: id } = (await accepted.json()) as { readonly request_id: string }
  await platform.role("cloud-1").kill()
  const request = await vi.waitFor(
    async () => {
      const found = (await (await fetchFrom(1, `/requests/${id}`)).json()) as { readonly status: string; readonly response: OpenAI.ChatCompletion }
      expect(found.status).toBe("completed")
      return found
    },
    { timeout: 60_000, interval: 250 },
  )
  await platform.role("cloud-1").start()
  const { usage } = request.response
  const cost = usage !== undefined && "cost_micro_credits" in usage ? BigInt(String(usage.cost_micro_credits)) : -1n
  await vi.waitFor(async () => expect((await spent()) - before).toBe(cost), { timeout: 60_000, interval: 500 })
}, CASE_MS)
