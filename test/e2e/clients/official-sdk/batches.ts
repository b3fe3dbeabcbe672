import { toFile } from "openai"
import { describe, expect, it } from "vitest"
import { eventually } from "#test/support/processes.ts"
import { ask, type Sdk } from "./sdk.ts"

const line = (custom_id: string, body: object) => JSON.stringify({ custom_id, method: "POST", url: "/v1/chat/completions", body })

/** The engine reads 8 192 tokens. */
const BEYOND_CONTEXT = "word ".repeat(9_000)

interface OutputLine {
  readonly id: string
  readonly custom_id: string
  readonly response: { readonly status_code: number; readonly body: { readonly choices: readonly { readonly message: { readonly content: string } }[] } }
}

const refusal = (code: string) => expect.objectContaining({ status_code: 400, body: { error: expect.objectContaining({ code }) } })

export const batches = ({ open, network }: Sdk): void => {
  const upload = async (...lines: readonly string[]) =>
    open().files.create({ file: await toFile(Buffer.from(`${lines.join("\n")}\n`), "input.jsonl"), purpose: "batch" })

  describe("with files and batches", () => {
    it("uploads a file, finds it in the list, reads it back and deletes it", async () => {
      const text = line("a", ask("one"))
      const { id } = await upload(text)
      expect(await open().files.retrieve(id)).toMatchObject({ id, purpose: "batch", filename: "input.jsonl", bytes: text.length + 1 })
      const listed: string[] = []
      for await (const file of open().files.list()) listed.push(file.id)
      expect(listed).toContain(id)
      expect(await (await open().files.content(id)).text()).toBe(`${text}\n`)
      await open().files.delete(id)
      await expect(open().files.retrieve(id)).rejects.toMatchObject({ status: 404 })
    })

    it("has every line of a batch answered, and failing ones in a file of their own", async () => {
      const file = await upload(line("a", ask("one two")), line("b", ask("three")), line("c", ask(BEYOND_CONTEXT)), line("d", { model: "echo" }))
      const { id } = await open().batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h", metadata: { k: "v" } })
      const batch = await eventually(async () => {
        const now = await open().batches.retrieve(id)
        expect(now.status).toBe("completed")
        return now
      })
      expect(batch).toMatchObject({ request_counts: { total: 4, completed: 2, failed: 2 }, metadata: { k: "v" } })
      const output = await (await open().files.content(batch.output_file_id ?? "")).text()
      const lines = output.trim().split("\n").map((one) => JSON.parse(one) as OutputLine)
      const answers = lines.map(({ custom_id, response }) => [custom_id, response.body.choices[0]?.message.content] as const)
      expect(Object.fromEntries(answers)).toEqual({ a: "one two", b: "three" })
      expect(lines.map(({ response }) => response.status_code)).toEqual([200, 200])
      const errors = await (await open().files.content(batch.error_file_id ?? "")).text()
      const refused = errors.trim().split("\n").map((one) => JSON.parse(one) as object)
      expect(refused).toHaveLength(2)
      expect(refused).toContainEqual(expect.objectContaining({ custom_id: "c", response: refusal("context_length_exceeded"), error: null }))
      expect(refused).toContainEqual(expect.objectContaining({ custom_id: "d", response: refusal("missing_required_parameter"), error: null }))
    })

    it("is told what is wrong with which line before any line is run", async () => {
      const file = await upload(line("a", ask("one")), line("a", ask("two")), line("b", { ...ask("three"), model: "other" }), "no JSON", line("c", {}))
      const { id } = await open().batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" })
      const failed = await eventually(async () => {
        const now = await open().batches.retrieve(id)
        expect(now.status).toBe("failed")
        return now
      })
      expect(failed.errors?.data?.map(({ code, line: at, param }) => [code, at, param])).toEqual([
        ["duplicate_custom_id", 2, "custom_id"],
        ["mismatched_model", 3, "body.model"],
        ["invalid_json_line", 4, null],
        ["missing_required_parameter", 5, "body.model"],
      ])
      expect(failed.request_counts).toEqual({ total: 0, completed: 0, failed: 0 })
    })

    it("pays half the price, for what was answered alone", async () => {
      const apiKey = await network.newKey(1_000n)
      const client = open({ apiKey })
      const text = "word ".repeat(20).trim()
      const { usage } = await client.chat.completions.create(ask(text))
      const paid = async () => {
        // Our own route: OpenAI has no schema for its answer.
        const { data } = await open({ apiKey, fetch: globalThis.fetch }).get<{ readonly data: readonly { readonly cost_microcredits: string }[] }>("/usage")
        return data.reduce((sum, { cost_microcredits }) => sum + BigInt(cost_microcredits), 0n)
      }
      const whole = await eventually(async () => {
        const cost = await paid()
        expect(cost).toBeGreaterThan(0n)
        return cost
      })
      expect(usage?.completion_tokens).toBe(20)
      const file = await client.files.create({ file: await toFile(Buffer.from(line("a", ask(text))), "in.jsonl"), purpose: "batch" })
      const { id } = await client.batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" })
      await eventually(async () => expect((await client.batches.retrieve(id)).status).toBe("completed"))
      await eventually(async () => expect((await paid()) - whole).toBe((whole + 1n) / 2n))
    })

    it("has only the lines fail that the balance does not pay for", async () => {
      const client = open({ apiKey: await network.newKey(3n) })
      const lines = [line("cheap", { ...ask("x"), max_tokens: 1 }), line("dear", { ...ask("x"), max_tokens: 4_000 })]
      const file = await client.files.create({ file: await toFile(Buffer.from(lines.join("\n")), "in.jsonl"), purpose: "batch" })
      const { id } = await client.batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" })
      const batch = await eventually(async () => {
        const now = await client.batches.retrieve(id)
        expect(now.status).toBe("completed")
        return now
      })
      expect(batch.request_counts).toEqual({ total: 2, completed: 1, failed: 1 })
      const errors = await (await client.files.content(batch.error_file_id ?? "")).text()
      expect(JSON.parse(errors)).toMatchObject({ custom_id: "dear", response: { status_code: 429, body: { error: { code: "insufficient_quota" } } } })
    })

    it("lists batches page by page, and has none of others", async () => {
      const client = open({ apiKey: await network.newKey(10n) })
      const file = await client.files.create({ file: await toFile(Buffer.from(line("a", ask("x"))), "in.jsonl"), purpose: "batch" })
      const ids: string[] = []
      for (let made = 0; made < 3; made += 1) {
        ids.push((await client.batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" })).id)
      }
      const listed: string[] = []
      for await (const { id } of client.batches.list({ limit: 2 })) listed.push(id)
      expect(listed).toEqual(ids.toReversed())
      await expect(open().batches.retrieve(ids[0] ?? "")).rejects.toMatchObject({ status: 404 })
    })

    it("cancels a batch", async () => {
      const file = await upload(...Array.from({ length: 200 }, (_, index) => line(String(index), ask("word ".repeat(200)))))
      const { id } = await open().batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" })
      expect(["cancelling", "cancelled"]).toContain((await open().batches.cancel(id)).status)
      await eventually(async () => expect((await open().batches.retrieve(id)).status).toBe("cancelled"))
    })
  })
}
