import OpenAI, { toFile } from "openai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cleanUp, eventually, resultity, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"

const LINES = 60
const WORDS = 20
/** Of all lines together: the batch takes a few seconds. */
const TOKENS_PER_SECOND = "300"
const body = { model: "echo", messages: [{ role: "user", content: "word ".repeat(WORDS).trim() }] }

interface Balance {
  readonly available: string
  readonly held: string
  readonly spent: string
}

describe("a batch", () => {
  const folders: string[] = []
  let data = ""
  let up: Running
  let key: { readonly api_key: string; readonly namespace_id: string }

  const startUp = () => start("up", "--port", "0", "--model", "echo:", "--slots", "8", "--max-tokens-per-second", TOKENS_PER_SECOND, "--data", data)
  const client = () => new OpenAI({ baseURL: String(up.ready["base_url"]), apiKey: key.api_key, maxRetries: 0 })
  const batchOf = async (lines: number) => {
    const text = Array.from({ length: lines }, (_, n) => JSON.stringify({ custom_id: `line-${n}`, method: "POST", url: "/v1/chat/completions", body }))
    const file = await client().files.create({ file: await toFile(Buffer.from(text.join("\n")), "in.jsonl"), purpose: "batch" })
    return client().batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" })
  }
  const completed = (id: string) =>
    eventually(async () => {
      const batch = await client().batches.retrieve(id)
      expect(batch.status).toBe("completed")
      return batch
    }, 60_000)
  const spent = () =>
    eventually(async () => {
      const balance = await resultityJson<Balance>("credits", "balance", "--namespace", key.namespace_id, "--data", data)
      expect(balance.held).toBe("0")
      return BigInt(balance.spent)
    }, 60_000)

  beforeAll(async () => {
    data = await temporaryFolder()
    folders.push(data)
    up = await startUp()
    key = await resultityJson("keys", "create", "--new-namespace", "batches", "--credits", "1000000", "--data", data)
  })
  afterAll(() => cleanUp(folders))

  it("whose network is killed in the middle goes on where it was, answers each line once, and has none paid twice", async () => {
    await completed((await batchOf(1)).id)
    const price = await spent()
    expect(price).toBeGreaterThan(0n)

    const { id } = await batchOf(LINES)
    const before = await eventually(async () => {
      const { request_counts } = await client().batches.retrieve(id)
      expect(request_counts?.completed).toBeGreaterThan(LINES / 6)
      return request_counts?.completed ?? 0
    })
    await up.kill()
    expect(before).toBeLessThan(LINES)
    up = await startUp()

    const batch = await completed(id)
    expect(batch.request_counts).toEqual({ total: LINES, completed: LINES, failed: 0 })
    const output = await (await client().files.content(batch.output_file_id ?? "")).text()
    const ids = output.trim().split("\n").map((line) => (JSON.parse(line) as { readonly custom_id: string }).custom_id)
    expect(ids).toEqual(Array.from({ length: LINES }, (_, n) => `line-${n}`))

    const paid = (await spent()) - price
    // What was on record when it was killed, and not charged yet, is never charged.
    expect(paid).toBeLessThanOrEqual(price * BigInt(LINES))
    expect(paid).toBeGreaterThanOrEqual(price * BigInt(LINES - 8))
  })

  it("that is cancelled keeps and costs what was answered, and nothing else", async () => {
    const paidBefore = await spent()
    const { id } = await batchOf(1)
    await completed(id)
    const price = (await spent()) - paidBefore

    const { id: cancelled } = await batchOf(LINES)
    await eventually(async () => expect((await client().batches.retrieve(cancelled)).request_counts?.completed).toBeGreaterThan(0))
    await client().batches.cancel(cancelled)
    const batch = await eventually(async () => {
      const now = await client().batches.retrieve(cancelled)
      expect(now.status).toBe("cancelled")
      return now
    })
    const answered = batch.request_counts?.completed ?? 0
    expect(answered).toBeLessThan(LINES)
    expect(await spent()).toBe(paidBefore + price * BigInt(1 + answered))
    const [output, errors] = await Promise.all([batch.output_file_id, batch.error_file_id].map(async (file) => (await client().files.content(file ?? "")).text()))
    expect(output?.trim().split("\n")).toHaveLength(answered)
    const unanswered = errors?.trim().split("\n").map((line) => JSON.parse(line) as { readonly custom_id: string; readonly error: { readonly code: string } })
    expect(unanswered).toHaveLength(LINES - answered)
    expect(new Set(unanswered?.map(({ error }) => error.code))).toEqual(new Set(["batch_cancelled"]))
    expect(unanswered?.at(-1)?.custom_id).toBe(`line-${LINES - 1}`)
  })

  it("is shown by the command line", async () => {
    const listed = await resultityJson<readonly { readonly batchId: string; readonly stage: string; readonly completed: number }[]>("batches", "list", "--data", data)
    expect(listed.map(({ stage }) => stage)).toEqual(["cancelled", "completed", "completed", "completed"])
    const whole = listed.find(({ completed }) => completed === LINES)?.batchId ?? ""
    expect((await resultity("batches", "show", whole, "--data", data)).stdout).toContain(`${LINES} of ${LINES} lines`)
    expect(await resultity("batches", "cancel", whole, "--data", data)).toMatchObject({ code: 1 })
  })
})
