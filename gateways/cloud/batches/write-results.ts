import { keptLine } from "#commands/batch/run-batch.ts"
import { batchFileId } from "#commands/ids.ts"
import type { BatchOutcome, KnownBatch } from "#domain/batch/index.ts"
import type { FileId } from "#domain/kernel/ids.ts"
import type { Run } from "./batch-deps.ts"
import { FileWriter } from "./file-writer.ts"
import { type InputFile, type InputLine, inputLines } from "./input-lines.ts"
import { unansweredLine } from "./line-result.ts"
import { type AskedRoute, readLine } from "./read-line.ts"
import { limitsOf } from "../../http/read-body.ts"

/** Results read at once, ahead of where the files are written. */
const AHEAD = 32

interface Results {
  readonly batch: KnownBatch
  readonly outcome: BatchOutcome
  readonly route: AskedRoute
  /** Null: its input is gone. */
  readonly input: InputFile | null
}

/** Writes what came of every line into the batch's two files, in the order of its input. The same again when it is done again. */
export const writeResults = async (
  run: Run,
  { batch, outcome, route, input }: Results,
): Promise<{ readonly outputFileId: FileId | null; readonly errorFileId: FileId | null }> => {
  const { batchId, namespaceId, keyId, outputKeepMs } = batch.created
  const fileOf = (kind: "output" | "error") =>
    new FileWriter(run, { fileId: batchFileId(batchId, kind), namespaceId, keyId, keepMs: outputKeepMs, filename: `${batchId}_${kind}.jsonl` })
  const [output, errors] = [fileOf("output"), fileOf("error")]
  const names = input === null ? null : customIds(inputLines(run, input, limitsOf(route).bodyBytes), route)
  const why = outcome === "cancelled" ? "cancelled" : "expired"

  const resultOf = async (line: number): Promise<string | null> => {
    const generation = batch.results[line] ?? 0
    return generation === 0 ? null : run(keptLine({ batchId, namespaceId, generation: Math.abs(generation), line }))
  }
  for (let from = 0; from < batch.results.length; from += AHEAD) {
    const group = batch.results.subarray(from, from + AHEAD)
    const kept = await Promise.all(Array.from(group, (_, index) => resultOf(from + index)))
    for (const [index, result] of kept.entries()) {
      const generation = group[index] ?? 0
      const customId = generation === 0 ? ((await names?.(from + index)) ?? null) : null
      const line = result ?? unansweredLine(batchId, from + index, { customId, why: generation === 0 ? why : "lost" })
      await (generation > 0 && result !== null ? output : errors).add(line)
    }
  }
  return { outputFileId: await output.finish(), errorFileId: await errors.finish() }
}

/** The `custom_id` of a line; each call asks for one behind the last. Null where the input is gone. */
const customIds = (lines: AsyncGenerator<InputLine, void>, route: AskedRoute) => async (line: number): Promise<string | null> => {
  for (;;) {
    const next = await lines.next().catch(() => null)
    if (next === null || next.done === true) return null
    if (next.value.number < line) continue
    const read = readLine(route, next.value)
    return "line" in read ? read.line.customId : null
  }
}
