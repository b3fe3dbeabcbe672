import { randomUUID } from "node:crypto"
import { MongoClient } from "mongodb"
import OpenAI from "openai"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { type Account, openAccount } from "#test/chaos/account.ts"
import type { LogEvent } from "#test/chaos/findings.ts"
import { adminUrlOf } from "#test/chaos/metrics.ts"
import { type ChaosPlatform, startPlatform } from "#test/chaos/platform.ts"
import { PROFILES } from "#test/chaos/profiles.ts"
import { cliJson, runCli } from "#test/chaos/resultity-cli.ts"
import { engineUrl } from "#test/support/engines.ts"

const FOX =
  "Once upon a time there was a brave fox named Vera. Vera lived in a green forest. One day Vera met a rabbit and found a shiny stone. Vera took it to a good friend. They became good friends. The end."
const FOX_QUESTION = [{ role: "user" as const, content: "Tell me a story about a fox." }]
const CREDITS = 1_000_000_000n
/** Slow enough to be killed in the middle of some sixty tokens. */
const NODE_WORDS = ["--max-tokens-per-second", "20"]
/** Characters that a client has before something happens. */
const IN_THE_MIDDLE = 60
const START_MS = 240_000
const TEST_MS = 120_000
const SOON = { timeout: 30_000, interval: 200 }

interface Priced {
  readonly cost_micro_credits: string
}
interface Story {
  readonly job: { readonly cost: string }
  readonly events: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[]
}

let platform: ChaosPlatform
let account: Account

const clientOf = (gateway: 0 | 1): OpenAI => new OpenAI({ baseURL: platform.baseUrls[gateway] ?? "", apiKey: account.apiKey, maxRetries: 0 })
const jobOf = (id: string): string => id.replace("chatcmpl-", "job_")

const whole = async (gateway: 0 | 1) => {
  const answer = await clientOf(gateway).chat.completions.create({ model: "tiny-chat", temperature: 0, messages: FOX_QUESTION })
  return { text: answer.choices[0]?.message.content ?? "", usage: usageOf(answer.usage), jobId: jobOf(answer.id) }
}

/** `meanwhile` happens once, when the client has some of it. */
const streamed = async (gateway: 0 | 1, meanwhile: (jobId: string) => Promise<void> = async () => {}) => {
  const stream = await clientOf(gateway).chat.completions.create({
    model: "tiny-chat", temperature: 0, stream: true, stream_options: { include_usage: true }, messages: FOX_QUESTION,
  })
  let [text, jobId] = ["", ""]
  let happening: Promise<void> | null = null
  let usage: OpenAI.CompletionUsage | null | undefined
  for await (const chunk of stream) {
    jobId = jobOf(chunk.id)
    text += chunk.choices[0]?.delta.content ?? ""
    usage = chunk.usage ?? usage
    if (text.length > IN_THE_MIDDLE) happening ??= meanwhile(jobId)
  }
  await happening
  return { text, usage: usageOf(usage), jobId }
}

const usageOf = (usage: OpenAI.CompletionUsage | null | undefined): OpenAI.CompletionUsage & Priced => {
  if (usage === null || usage === undefined || !("cost_micro_credits" in usage)) throw new Error("an answer without its price")
  return usage as OpenAI.CompletionUsage & Priced
}

/** The job's story once its hold has ended. */
const storyOf = (jobId: string): Promise<Story> =>
  vi.waitFor(async () => {
    const story = await cliJson<Story>(platform.env, "jobs", "show", jobId)
    expect(typesOf(story)).toContain("HoldSettled")
    return story
  }, SOON)

const typesOf = ({ events }: Story): readonly string[] => events.map(({ type }) => type).filter((type) => type !== "ProgressMarked")
const chargeOf = ({ events }: Story) => events.find(({ type }) => type === "HoldSettled")?.data ?? {}

const verified = async (): Promise<unknown> => JSON.parse(await runCli(platform.env, "replay", "--verify", "--json"))

const startWith = async (options: Parameters<typeof startPlatform>[0]): Promise<void> => {
  platform = await startPlatform(options)
  account = await openAccount(platform.env, CREDITS)
  // Both nodes, seen by everybody who chooses among them.
  await vi.waitFor(async () => {
    const answer = await fetch(String(platform.role("status-1").ready()["url"]))
    expect(await answer.json()).toMatchObject({ status: "ok", nodes_online: 2 })
  }, SOON)
}

describe("the whole way over processes: NATS, Redis, Postgres", () => {
  beforeAll(() => startWith({ ...PROFILES.nats, nodeWords: NODE_WORDS, say: () => {} }), START_MS)
  afterAll(() => platform?.stop(), START_MS)

  it("every process is ready and names what it asked", async () => {
    for (const role of platform.roles.filter(({ name }) => !name.startsWith("node"))) {
      const answer = await fetch(`${adminUrlOf(role)}/readyz`)
      expect({ role: role.name, status: answer.status, said: await answer.json() }).toEqual({
        role: role.name, status: 200, said: { ready: true, checks: { postgres: "ok", nats: "ok", redis: "ok" } },
      })
    }
  }, TEST_MS)

  it("answers the official SDK at both gateways, whole and streamed, in the model's words, and charges what usage says", async () => {
    const answers = await Promise.all([whole(0), streamed(1), streamed(0), whole(1)])
    for (const { text, usage, jobId } of answers) {
      expect(text).toBe(FOX)
      const story = await storyOf(jobId)
      expect(typesOf(story)).toEqual(expect.arrayContaining(["HoldPlaced", "JobSubmitted", "JobAssigned", "JobCompleted", "RcpAwarded", "HoldSettled"]))
      expect(chargeOf(story)).toMatchObject({ price: usage.cost_micro_credits, completionTokens: usage.completion_tokens, promptTokens: usage.prompt_tokens })
    }
    const spent = answers.reduce((sum, { usage }) => sum + BigInt(usage.cost_micro_credits), 0n)
    expect(await cliJson(platform.env, "credits", "balance", "--namespace", account.namespaceId)).toEqual({
      available: String(CREDITS - spent), held: "0", spent: String(spent),
    })
    const statement = await runCli(platform.env, "credits", "statement", "--namespace", account.namespaceId)
    for (const { jobId } of answers) expect(statement).toContain(jobId)
  }, TEST_MS)

  it("lets a gateway that is told to go end its stream, and it leaves in order", async () => {
    const gateway = platform.role("cloud-2")
    let left: Promise<number | null> = Promise.resolve(null)
    const { text, usage, jobId } = await streamed(1, async () => void (left = gateway.stop()))
    expect(text).toBe(FOX)
    expect(await left).toBe(0)
    expect(chargeOf(await storyOf(jobId))["price"]).toBe(usage.cost_micro_credits)
    await expect(whole(1)).rejects.toThrow(/connection/i)
    await gateway.start()
    expect((await whole(1)).text).toBe(FOX)
  }, TEST_MS)

  it("continues an answer whose node is killed on the other node: the same text, one charge, both are paid", async () => {
    const unbroken = await whole(0)
    const { text, usage, jobId } = await streamed(0, async (id) => {
      const events = (await runCli(platform.env, "events", "read", "--correlation", id)).trim().split("\n").map((line) => JSON.parse(line) as LogEvent)
      const nodeId = events.find(({ type }) => type === "JobAssigned")?.data["nodeId"]
      const node = platform.roles.find((role) => role.name.startsWith("node") && role.ready()["node_id"] === nodeId)
      if (node === undefined) throw new Error(`no process is ${String(nodeId)}`)
      await node.kill()
    })
    expect(text).toBe(FOX)
    expect(usage).toEqual(unbroken.usage)
    const story = await storyOf(jobId)
    expect(typesOf(story).filter((type) => type === "JobAssigned")).toHaveLength(2)
    expect(typesOf(story).filter((type) => type === "HoldSettled")).toHaveLength(1)
    expect(chargeOf(story)).toMatchObject({ price: usage.cost_micro_credits, shares: [expect.anything(), expect.anything()] })
  }, TEST_MS)

  it("proves the read models equal to a rebuild while everything runs", async () => {
    expect(await verified()).toMatchObject({ equal: true })
  }, TEST_MS)

  it("every process leaves in order when it is told to", async () => {
    const alive = platform.roles.filter(({ name }) => !name.startsWith("node"))
    expect(await Promise.all(alive.map(async (role) => [role.name, await role.stop()]))).toEqual(alive.map(({ name }) => [name, 0]))
  }, TEST_MS)
})

describe("the whole way over processes: RabbitMQ for jobs, MongoDB for content, Postgres for the log", () => {
  const mongoUrl = (): string => {
    const url = new URL(engineUrl("mongo"))
    url.pathname = `/test_${randomUUID().replaceAll("-", "")}`
    return url.href
  }
  let mongo = ""
  beforeAll(async () => {
    mongo = mongoUrl()
    const { engines, env } = PROFILES.rabbitmq
    await startWith({ engines, env: { ...env, CONTENT_STORE: "mongo", MONGO_URL: mongo }, nodeWords: NODE_WORDS, say: () => {} })
  }, START_MS)
  afterAll(async () => {
    await platform?.stop()
    const client = new MongoClient(mongo)
    await client.db().dropDatabase()
    await client.close()
  }, START_MS)

  it("answers the official SDK whole and streamed, and charges what usage says", async () => {
    for (const { text, usage, jobId } of await Promise.all([whole(0), streamed(1)])) {
      expect(text).toBe(FOX)
      expect(chargeOf(await storyOf(jobId))["price"]).toBe(usage.cost_micro_credits)
    }
  }, TEST_MS)

  it("proves the read models equal to a rebuild, and every process names what it asked", async () => {
    expect(await verified()).toMatchObject({ equal: true })
    const answer = await fetch(`${adminUrlOf(platform.role("cloud-1"))}/readyz`)
    expect(await answer.json()).toMatchObject({ ready: true, checks: { mongo: "ok" } })
  }, TEST_MS)
})
