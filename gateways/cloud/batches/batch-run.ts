import { Data } from "effect"
import { endBatch, failBatch, finalizeBatch, loadBatch, startBatch } from "#commands/batch/run-batch.ts"
import { loadFile } from "#commands/file/upload-file.ts"
import type { BatchOutcome, KnownBatch } from "#domain/batch/index.ts"
import type { BatchId } from "#domain/kernel/ids.ts"
import { limitsOf } from "../../http/read-body.ts"
import type { Leading, Run } from "./batch-deps.ts"
import { checkInput } from "./check-input.ts"
import { type InputFile, inputLines } from "./input-lines.ts"
import type { LineDeps } from "./ask-line.ts"
import type { LineSlots } from "./line-slots.ts"
import type { AskedRoute } from "./read-line.ts"
import { runLines } from "./run-lines.ts"
import { writeResults } from "./write-results.ts"

/** How soon a cancel or the end of the time is noticed. */
const LOOK_MS = 500

export interface BatchRunDeps extends LineDeps {
  readonly slots: LineSlots
  /** By path. */
  readonly routes: ReadonlyMap<string, AskedRoute>
  readonly now: () => number
}

interface Taken {
  readonly batchId: BatchId
  readonly generation: number
}

/** What was looked for is not in the store any more. */
class InputMissing extends Data.TaggedError("ContentMissing") {}

const INPUT_GONE = { code: "input_file_unavailable", line: null, message: "The input file was deleted or has expired.", param: "input_file_id" }
const ENDPOINT_GONE = { code: "invalid_endpoint", line: null, message: "This network does not serve the endpoint for batches.", param: "endpoint" }

/** Runs a batch that this gateway has taken, from where it is to its end; or until this gateway leads no more. */
export const runBatch = async (deps: BatchRunDeps, leading: Leading, taken: Taken): Promise<void> => {
  const { run } = leading
  const batch = await load(run, taken.batchId)
  try {
    await runFrom(deps, leading, { taken, batch })
  } catch (failure) {
    if (!isMissing(failure)) throw failure
    await run(failBatch({ ...taken, namespaceId: batch.created.namespaceId, problems: [INPUT_GONE] }))
  }
}

const runFrom = async (deps: BatchRunDeps, leading: Leading, { taken, batch }: { readonly taken: Taken; readonly batch: KnownBatch }): Promise<void> => {
  const { run } = leading
  const route = deps.routes.get(batch.created.endpoint) ?? null
  const input = await inputOf(run, batch)
  const { namespaceId } = batch.created
  if (batch.stage === "validating" && batch.cancelRequestedAt === null) {
    const checked = route === null ? { problems: [ENDPOINT_GONE] } : await checkedInput(run, { input, route })
    if ("problems" in checked) return run(failBatch({ ...taken, namespaceId, problems: checked.problems }))
    await run(startBatch({ ...taken, ...checked }))
  }
  if (route === null) return run(failBatch({ ...taken, namespaceId, problems: [ENDPOINT_GONE] }))
  const outcome = batch.finalizing?.outcome ?? (await toOutcome(deps, leading, { taken, route, input }))
  if (outcome === null) return
  await run(finalizeBatch({ ...taken, outcome }))
  const files = await writeResults(run, { batch: await load(run, taken.batchId), outcome, route, input })
  await run(endBatch({ ...taken, namespaceId, outcome, ...files }))
}

const load = async (run: Run, batchId: BatchId): Promise<KnownBatch> => {
  const batch = await run(loadBatch(batchId))
  if (batch.stage === "absent") throw new Error(`${batchId} is on the list and not in the log`)
  return batch
}

const inputOf = async (run: Run, { created: { inputFileId, namespaceId } }: KnownBatch): Promise<InputFile | null> => {
  const file = await run(loadFile(inputFileId))
  return file.stage === "uploaded" ? { fileId: inputFileId, namespaceId, parts: file.uploaded.parts } : null
}

const checkedInput = async (run: Run, { input, route }: { readonly input: InputFile | null; readonly route: AskedRoute }) => {
  if (input === null) throw new InputMissing()
  return checkInput(route, inputLines(run, input, limitsOf(route).bodyBytes))
}

interface Lines {
  readonly taken: Taken
  readonly route: AskedRoute
  readonly input: InputFile | null
}

/** Runs what has no result yet. Null: this gateway leads no more. */
const toOutcome = async (deps: BatchRunDeps, leading: Leading, { taken, route, input }: Lines): Promise<BatchOutcome | null> => {
  const over = new AbortController()
  let outcome: BatchOutcome = "completed"
  const look = async (): Promise<KnownBatch> => {
    const batch = await load(leading.run, taken.batchId)
    if (batch.cancelRequestedAt !== null) outcome = "cancelled"
    else if (deps.now() >= batch.created.expiresAt) outcome = "expired"
    if (outcome !== "completed" || batch.taken?.generation !== taken.generation) over.abort()
    return batch
  }
  const stop = (): void => over.abort()
  leading.lost.addEventListener("abort", stop)
  const clock = setInterval(() => void look().catch(() => {}), LOOK_MS)
  try {
    const batch = await look()
    const hasLeft = batch.completed + batch.failed < batch.results.length
    if (hasLeft && !over.signal.aborted) {
      if (input === null) throw new InputMissing()
      await runLines(deps, { batch, taken, route, input, run: leading.run, over: over.signal })
    }
    const { taken: now } = await look()
    return leading.lost.aborted || now?.generation !== taken.generation ? null : outcome
  } finally {
    clearInterval(clock)
    leading.lost.removeEventListener("abort", stop)
  }
}

const isMissing = (failure: unknown): boolean => typeof failure === "object" && failure !== null && "_tag" in failure && failure._tag === "ContentMissing"
