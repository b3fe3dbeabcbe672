import { loadBatch } from "#commands/batch/run-batch.ts"
import type { KnownBatch } from "#domain/batch/index.ts"
import type { BatchId } from "#domain/kernel/ids.ts"
import { limitsOf } from "../../http/read-body.ts"
import { askLine, type LineDeps } from "./ask-line.ts"
import type { Run } from "./batch-deps.ts"
import { type InputFile, type InputLine, inputLines } from "./input-lines.ts"
import { LineRecorder } from "./line-recorder.ts"
import { repliedLine } from "./line-result.ts"
import type { LineSlots } from "./line-slots.ts"
import { type AskedRoute, readLine } from "./read-line.ts"

/** Lines of one batch at work at once, at most; all batches share the slots besides. */
const WORKERS = 64
/** While the network is busy: the first wait, and the longest. */
const FIRST_WAIT_MS = 500
const MAX_WAIT_MS = 30_000
/** A job waits ten seconds for its answer to be kept; what is not on record by then is not charged. */
const RECORD_MS = 8_000

export interface LinesToRun {
  readonly batch: KnownBatch
  readonly taken: { readonly batchId: BatchId; readonly generation: number }
  readonly route: AskedRoute
  readonly input: InputFile
  readonly run: Run
  /** No line begins any more, and those at work are withdrawn. */
  readonly over: AbortSignal
}

/** Asks every line that has no result yet, a bounded number at once, until each has one or it is over. */
export const runLines = async (deps: LineDeps & { readonly slots: LineSlots }, lines: LinesToRun): Promise<void> => {
  const { batch, taken, route, input, run, over } = lines
  const recorder = new LineRecorder(run, { ...taken, namespaceId: batch.created.namespaceId })
  const left = unfinished(inputLines(run, input, limitsOf(route).bodyBytes), batch)
  const worker = async (): Promise<void> => {
    while (!over.aborted) {
      const { value, done } = await left.next()
      if (done === true || value === undefined) return
      await untilFinished(deps, { ...lines, recorder }, value)
    }
  }
  await Promise.all(Array.from({ length: Math.min(WORKERS, batch.results.length) }, worker))
}

async function* unfinished(lines: AsyncIterable<InputLine>, { results }: KnownBatch): AsyncGenerator<InputLine, void> {
  for await (const line of lines) if (results[line.number] === 0) yield line
}

const untilFinished = async (
  { slots, ...deps }: LineDeps & { readonly slots: LineSlots },
  { batch, taken, route, run, over, recorder }: LinesToRun & { readonly recorder: LineRecorder },
  input: InputLine,
): Promise<void> => {
  const read = readLine(route, input)
  if ("problem" in read) throw new Error("a line that was checked is not what it was")
  const { line } = read
  const { keyId } = batch.created
  for (let waitMs = FIRST_WAIT_MS; !over.aborted; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)) {
    await slots.take()
    try {
      const record = (outcome: "completed" | "failed", reply: Parameters<typeof repliedLine>[2]["reply"]) => {
        const result = repliedLine(taken.batchId, input.number, { customId: line.customId, reply })
        return inTime(recorder.record({ line: input.number, outcome, result }))
      }
      if (await askLine(deps, { keyId, path: route.path, line, withdrawn: over, record })) return
    } finally {
      slots.give()
    }
    await pause(waitMs, over)
    // What was put on record and not heard of is on record.
    const now = await run(loadBatch(taken.batchId)).catch(() => null)
    if (now !== null && now.stage !== "absent" && now.results[input.number] !== 0) return
  }
}

const inTime = async (recorded: Promise<boolean>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), RECORD_MS)))
  return Promise.race([recorded, late]).finally(() => clearTimeout(timer))
}

const pause = (ms: number, over: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (over.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      over.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    over.addEventListener("abort", end)
  })
