import type { BatchEvent, Created, Ended, Failed, Finalizing, Started, Taken } from "./events.ts"

/** validating, in_progress and finalizing are open; a cancelled one stays in its stage until its runner has seen it. */
export interface KnownBatch {
  readonly stage: "validating" | "in_progress" | "finalizing" | "ended" | "failed"
  readonly created: Created
  /** Null: nobody has taken it yet. */
  readonly taken: Taken | null
  readonly started: Started | null
  /** By line: the generation whose result counts, negative where the line failed; 0: none yet. */
  readonly results: Int16Array
  readonly completed: number
  readonly failed: number
  readonly cancelRequestedAt: number | null
  readonly finalizing: Finalizing | null
  readonly ended: Ended | null
  readonly failure: Failed | null
}

export type Batch = { readonly stage: "absent" } | KnownBatch

export const initial: Batch = { stage: "absent" }

export const isOpen = ({ stage }: Batch): boolean => stage === "validating" || stage === "in_progress" || stage === "finalizing"

/** Whether there is nothing left for its lines to become. */
export const isDone = ({ started, completed, failed }: KnownBatch): boolean => started !== null && completed + failed === started.lines

/** Generations fit into 16 bits with their sign; a batch of a day has a few. */
export const MAX_GENERATION = 32_767

const created = (data: Created): KnownBatch => ({
  stage: "validating", created: data, taken: null, started: null, results: new Int16Array(0), completed: 0, failed: 0,
  cancelRequestedAt: null, finalizing: null, ended: null, failure: null,
})

const apply = (batch: Batch, event: BatchEvent, results: () => Int16Array): Batch => {
  if (event.type === "BatchCreated") return created(event.data)
  if (batch.stage === "absent") return batch
  switch (event.type) {
    case "BatchTaken":
      return { ...batch, taken: event.data }
    case "BatchStarted":
      return { ...batch, stage: "in_progress", started: event.data, results: new Int16Array(event.data.lines) }
    case "BatchFailed":
      return { ...batch, stage: "failed", failure: event.data }
    case "BatchLinesFinished": {
      const { completed, failed, generation } = event.data
      const mine = results()
      for (const line of completed) mine[line] = generation
      for (const line of failed) mine[line] = -generation
      return { ...batch, results: mine, completed: batch.completed + completed.length, failed: batch.failed + failed.length }
    }
    case "BatchCancelRequested":
      return { ...batch, cancelRequestedAt: event.data.at }
    case "BatchFinalizing":
      return { ...batch, stage: "finalizing", finalizing: event.data }
    case "BatchEnded":
      return { ...batch, stage: "ended", ended: event.data }
  }
}

/** Copies the results once, however many events there are. */
export const fold = (state: Batch, events: readonly BatchEvent[]): Batch => {
  let next = state
  let copied: Int16Array | null = null
  for (const event of events) {
    const before = next
    next = apply(before, event, () => {
      const results = before.stage === "absent" ? new Int16Array(0) : before.results
      copied = results === copied ? results : results.slice()
      return copied
    })
  }
  return next
}
