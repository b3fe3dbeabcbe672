import { Result } from "effect"
import type { Decider } from "../kernel/decider.ts"
import type { BatchCommand, BatchRejection, CreateBatch, EndBatch, FinalizeBatch, FinishLines, TakeBatch } from "./commands.ts"
import { type BatchEvent, codec } from "./events.ts"
import { type Batch, fold, initial, isDone, isOpen, type KnownBatch, MAX_GENERATION } from "./state.ts"

type Decision = Result.Result<readonly BatchEvent[], BatchRejection>

const NOTHING: Decision = Result.succeed([])
const refuse = (rejection: BatchRejection): Decision => Result.fail(rejection)

const create = ({ type: _, ...data }: CreateBatch, batch: Batch): Decision => {
  if (batch.stage === "absent") return Result.succeed([{ type: "BatchCreated", data }])
  const { namespaceId, inputFileId, endpoint } = batch.created
  const isSame = namespaceId === data.namespaceId && inputFileId === data.inputFileId && endpoint === data.endpoint
  return isSame ? NOTHING : refuse({ _tag: "BatchConflict", batchId: data.batchId })
}

const generationOf = ({ taken }: KnownBatch): number => taken?.generation ?? 0

const take = ({ batchId, gatewayId, replaces, at }: TakeBatch, batch: KnownBatch): Decision => {
  const current = generationOf(batch)
  if (current === replaces + 1 && batch.taken?.gatewayId === gatewayId) return NOTHING
  if (!isOpen(batch)) return refuse({ _tag: "BatchOver", batchId, stage: batch.stage })
  if (current !== replaces || current === MAX_GENERATION) return refuse({ _tag: "StaleRunner", batchId, generation: replaces, current })
  return Result.succeed([{ type: "BatchTaken", data: { batchId, generation: current + 1, gatewayId, at } }])
}

const finishLines = ({ type: _, ...data }: FinishLines, batch: KnownBatch): Decision => {
  const { batchId } = data
  if (batch.stage !== "in_progress") return refuse({ _tag: "BatchNotReady", batchId, stage: batch.stage })
  const lines = batch.results.length
  const unknown = [...data.completed, ...data.failed].find((line) => !(line >= 0 && line < lines))
  if (unknown !== undefined) return refuse({ _tag: "UnknownLine", batchId, line: unknown, lines })
  const completed = fresh(data.completed, batch)
  const failed = fresh(data.failed, batch).filter((line) => !completed.includes(line))
  return completed.length + failed.length === 0 ? NOTHING : Result.succeed([{ type: "BatchLinesFinished", data: { ...data, completed, failed } }])
}

const fresh = (lines: readonly number[], { results }: KnownBatch): readonly number[] => [...new Set(lines)].filter((line) => results[line] === 0)

/** A cancelled one may be finalized from any stage, an expired one too; the others have all their results. */
const finalize = ({ type: _, ...data }: FinalizeBatch, batch: KnownBatch): Decision => {
  const { batchId, outcome, at } = data
  if (batch.stage === "finalizing") return batch.finalizing?.outcome === outcome ? NOTHING : refuse({ _tag: "BatchConflict", batchId })
  const left = batch.results.length - batch.completed - batch.failed
  if (outcome === "completed" && !isDone(batch)) return refuse({ _tag: "LinesLeft", batchId, left })
  if (outcome === "cancelled" && batch.cancelRequestedAt === null) return refuse({ _tag: "LinesLeft", batchId, left })
  if (outcome === "expired" && at < batch.created.expiresAt) return refuse({ _tag: "LinesLeft", batchId, left })
  return Result.succeed([{ type: "BatchFinalizing", data }])
}

const end = ({ type: _, ...data }: EndBatch, batch: KnownBatch): Decision => {
  const { batchId } = data
  if (batch.stage !== "finalizing") return refuse({ _tag: "BatchNotReady", batchId, stage: batch.stage })
  if (batch.finalizing?.outcome !== data.outcome) return refuse({ _tag: "BatchConflict", batchId })
  return Result.succeed([{ type: "BatchEnded", data }])
}

type RunnersCommand = Extract<BatchCommand, { readonly generation: number }>

/** What the gateway that runs it says; from one that was replaced it counts for nothing. */
const conclude = (command: RunnersCommand, batch: KnownBatch): Decision => {
  const { batchId, generation } = command
  const current = generationOf(batch)
  if (generation !== current) return refuse({ _tag: "StaleRunner", batchId, generation, current })
  if (batch.stage === "ended") return command.type === "EndBatch" && batch.ended?.outcome === command.outcome ? NOTHING : over(batch)
  if (batch.stage === "failed") return command.type === "FailBatch" ? NOTHING : over(batch)
  switch (command.type) {
    case "StartBatch": {
      const { type: _, ...data } = command
      if (batch.stage === "validating") return Result.succeed([{ type: "BatchStarted", data }])
      return batch.started?.lines === data.lines ? NOTHING : refuse({ _tag: "BatchConflict", batchId })
    }
    case "FailBatch": {
      const { type: _, ...data } = command
      return Result.succeed([{ type: "BatchFailed", data }])
    }
    case "FinishLines":
      return finishLines(command, batch)
    case "FinalizeBatch":
      return finalize(command, batch)
    case "EndBatch":
      return end(command, batch)
  }
}

const over = ({ created: { batchId }, stage }: KnownBatch): Decision => refuse({ _tag: "BatchOver", batchId, stage })

const decide =
  (command: BatchCommand) =>
  (batch: Batch): Decision => {
    if (command.type === "CreateBatch") return create(command, batch)
    const { batchId } = command
    if (batch.stage === "absent") return refuse({ _tag: "BatchNotFound", batchId })
    if (command.type === "TakeBatch") return take(command, batch)
    if (command.type !== "CancelBatch") return conclude(command, batch)
    if (batch.cancelRequestedAt !== null) return NOTHING
    if (batch.stage !== "validating" && batch.stage !== "in_progress") return over(batch)
    return Result.succeed([{ type: "BatchCancelRequested", data: { batchId, at: command.at } }])
  }

/** Counts are those of the results. */
const invariant = (batch: Batch): string | null => {
  if (batch.stage === "absent") return null
  const [completed, failed] = [batch.results.filter((one) => one > 0).length, batch.results.filter((one) => one < 0).length]
  return completed === batch.completed && failed === batch.failed ? null : `${completed} and ${failed} lines have results, not ${batch.completed} and ${batch.failed}`
}

/** Lines of a file, run by one gateway at a time, each charged at most once. */
export const batch: Decider<Batch, BatchCommand, BatchEvent, BatchRejection> = {
  category: "batch",
  codec,
  initial,
  fold,
  decide,
  invariant,
}
