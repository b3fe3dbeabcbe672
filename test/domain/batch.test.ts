import fc from "fast-check"
import { expect, it } from "vitest"
import { batch, type BatchCommand } from "#domain/batch/index.ts"
import { BatchId, FileId } from "#domain/kernel/ids.ts"
import { GATEWAY, KEY, NAMESPACE, OTHER_GATEWAY } from "#test/support/arbitrary-ids.ts"
import { playByTheLaws } from "#test/support/decider-laws.ts"
import { scenario } from "#test/support/scenario.ts"

const batchId = BatchId.make("batch_00000000-0000-7000-8000-000000000001")
const inputFileId = FileId.make("file-00000000-0000-7000-8000-000000000001")
const create = { type: "CreateBatch", batchId, namespaceId: NAMESPACE, keyId: KEY, endpoint: "/v1/chat/completions", inputFileId, outputKeepMs: null, at: 1, expiresAt: 100 } as const
const take = { type: "TakeBatch", batchId, gatewayId: GATEWAY, replaces: 0, at: 2 } as const
const takeOver = { type: "TakeBatch", batchId, gatewayId: OTHER_GATEWAY, replaces: 1, at: 5 } as const
const start = { type: "StartBatch", batchId, generation: 1, model: "m", lines: 3, at: 3 } as const
const finish = (completed: readonly number[], failed: readonly number[] = [], generation = 1) =>
  ({ type: "FinishLines", batchId, generation, completed, failed, at: 4 }) as const
const finalize = (outcome: "completed" | "cancelled" | "expired", at = 6, generation = 1) => ({ type: "FinalizeBatch", batchId, generation, outcome, at }) as const
const end = (outcome: "completed" | "cancelled" | "expired", generation = 1) =>
  ({ type: "EndBatch", batchId, generation, outcome, outputFileId: null, errorFileId: null, at: 7 }) as const
const fail = { type: "FailBatch", batchId, generation: 1, problems: 1, code: "empty_file", at: 3 } as const
const cancel = { type: "CancelBatch", batchId, at: 5 } as const
const running = scenario(batch).after(create, take, start)

it("a batch runs its lines, writes its files and ends", () => {
  running.when(finish([0, 2])).gives({ type: "BatchLinesFinished", data: { completed: [0, 2], failed: [] } })
  running.after(finish([0, 2], [1])).when(finalize("completed")).gives({ type: "BatchFinalizing" })
  running.after(finish([0, 2], [1]), finalize("completed")).when(end("completed")).gives({ type: "BatchEnded", data: { outcome: "completed" } })
})

it("a line has one result, whoever has another one later", () => {
  running.after(finish([0])).when(finish([0], [1])).gives({ type: "BatchLinesFinished", data: { completed: [], failed: [1] } })
  running.after(finish([0])).when(finish([], [0])).changesNothing()
  running.after(finish([0]), takeOver).when(finish([0, 1], [], 2)).gives({ type: "BatchLinesFinished", data: { completed: [1] } })
})

it("a gateway that was replaced has no say any more", () => {
  const replaced = running.after(takeOver)
  const stale = { _tag: "StaleRunner", batchId, generation: 1, current: 2 } as const
  for (const command of [finish([0]), finalize("completed"), end("completed"), fail, start]) replaced.when(command).rejects(stale)
  running.when({ ...takeOver, replaces: 0 }).rejects({ _tag: "StaleRunner", batchId, generation: 0, current: 1 })
})

it("a batch is not completed while lines are left, not cancelled unasked, and not expired in time", () => {
  running.after(finish([0])).when(finalize("completed")).rejects({ _tag: "LinesLeft", batchId, left: 2 })
  running.when(finalize("cancelled")).rejects({ _tag: "LinesLeft", batchId, left: 3 })
  running.when(finalize("expired", 99)).rejects({ _tag: "LinesLeft", batchId, left: 3 })
  running.when(finalize("expired", 100)).gives({ type: "BatchFinalizing", data: { outcome: "expired" } })
  running.after(cancel).when(finalize("cancelled")).gives({ type: "BatchFinalizing", data: { outcome: "cancelled" } })
})

it("what is over is not cancelled", () => {
  running.after(finish([0, 1, 2]), finalize("completed")).when(cancel).rejects({ _tag: "BatchOver", batchId, stage: "finalizing" })
  scenario(batch).after(create, take, fail).when(cancel).rejects({ _tag: "BatchOver", batchId, stage: "failed" })
  running.after(cancel).when(cancel).changesNothing()
})

it("there are no results of lines that are not there", () => {
  running.when(finish([3])).rejects({ _tag: "UnknownLine", batchId, line: 3, lines: 3 })
  scenario(batch).after(create, take).when(finish([0])).rejects({ _tag: "BatchNotReady", batchId, stage: "validating" })
})

it("no script breaks the laws of aggregates, and no line ends twice", () => {
  const lines = fc.array(fc.nat(3), { maxLength: 3 })
  const generation = fc.constantFrom(1, 2)
  const command: fc.Arbitrary<BatchCommand> = fc.oneof(
    fc.constantFrom<BatchCommand>(create, take, takeOver, start, { ...start, generation: 2 }, fail, cancel),
    { weight: 3, arbitrary: fc.tuple(lines, lines, generation).map(([completed, failed, of]) => finish(completed, failed, of)) },
    fc.tuple(fc.constantFrom("completed" as const, "cancelled" as const, "expired" as const), fc.constantFrom(6, 200), generation).map(([outcome, at, of]) => finalize(outcome, at, of)),
    fc.tuple(fc.constantFrom("completed" as const, "cancelled" as const, "expired" as const), generation).map(([outcome, of]) => end(outcome, of)),
  )
  let ended = 0
  fc.assert(
    fc.property(fc.array(command, { minLength: 6, maxLength: 24 }), (script) => {
      const { events } = playByTheLaws(batch, [create, take, start, ...script])
      const finished = events.flatMap((event) => (event.type === "BatchLinesFinished" ? [...event.data.completed, ...event.data.failed] : []))
      expect(new Set(finished).size).toBe(finished.length)
      ended += events.filter(({ type }) => type === "BatchEnded").length
    }),
    { numRuns: 3_000 },
  )
  expect(ended).toBeGreaterThan(50)
})
