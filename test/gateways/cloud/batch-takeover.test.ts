import { toFile } from "openai"
import { expect, it } from "vitest"
import { loadBatch } from "#commands/batch/run-batch.ts"
import { BatchId } from "#domain/kernel/ids.ts"
import type { BatchDeps, Leading } from "#gateways/cloud/batches/batch-deps.ts"
import { fakeFiles } from "./fake-files.ts"
import { answering, ASK, fakeNetwork, type Saying, startGateway } from "./fake-network.ts"

const LINES = 6
/** Of the one node's four slots. */
const AT_ONCE = 2

it("a gateway that was replaced and does not know it has nothing paid", async () => {
  const files = fakeFiles()
  const network = fakeNetwork()
  const leaders: ((leading: Leading) => Promise<void>)[] = []
  let batchId: BatchId | null = null
  const open = async () => (batchId === null ? [] : [batchId])
  const batches: BatchDeps = {
    batches: { page: async () => [], open, isInput: async () => false }, unfinishedFiles: async () => [],
    lead: (work) => {
      leaders.push(work)
      return { stop: async () => {} }
    },
  }
  const { client } = await startGateway(network, { files: files.deps, batches })
  await startGateway(network, { files: files.deps, batches })
  const [first, second] = leaders
  const lead = (work: typeof first) => {
    const lost = new AbortController()
    return { lost, over: work?.({ run: files.deps.run, lost: lost.signal }) }
  }

  const lines = Array.from({ length: LINES }, (_, n) => JSON.stringify({ custom_id: `l${n}`, method: "POST", url: "/v1/chat/completions", body: ASK }))
  const file = await client.files.create({ file: await toFile(Buffer.from(lines.join("\n")), "in.jsonl"), purpose: "batch" })
  const { id } = await client.batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" })
  batchId = BatchId.make(id)

  // Two lines are at the node when the gateway is taken for lost.
  const late: Saying[] = []
  network.script = (say) => void late.push(say)
  const stale = lead(first)
  await expect.poll(() => late.length, { timeout: 5_000 }).toBe(AT_ONCE)
  // The other one's lines wait, so that the late answers are the first to come.
  const held: Saying[] = []
  network.script = (say) => void held.push(say)
  const current = lead(second)
  const generation = async () => {
    const batch = await files.deps.run(loadBatch(BatchId.make(id)))
    return batch.stage === "absent" ? null : batch.taken?.generation
  }
  await expect.poll(generation, { interval: 5, timeout: 5_000 }).toBe(2)
  for (const say of late) {
    say.tokens("too late")
    say.finished("stop", 1)
  }
  await expect.poll(() => network.confirmed.length + network.cancelled.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(AT_ONCE)
  await expect.poll(() => held.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(AT_ONCE)
  network.script = answering("done")
  for (const say of held) {
    say.tokens("done")
    say.finished("stop", 1)
  }

  await expect.poll(async () => (await client.batches.retrieve(id)).status, { timeout: 20_000 }).toBe("completed")
  const batch = await client.batches.retrieve(id)
  expect(batch.request_counts).toEqual({ total: LINES, completed: LINES, failed: 0 })
  const output = await (await client.files.content(batch.output_file_id ?? "")).text()
  expect(output).not.toContain("too late")
  expect(output.match(/"done"/g)).toHaveLength(LINES)
  await expect.poll(() => network.confirmed.length).toBe(LINES)
  expect(late.filter(({ attemptId }) => network.confirmed.includes(attemptId))).toEqual([])
  for (const { lost, over } of [stale, current]) {
    lost.abort()
    await over
  }
})
