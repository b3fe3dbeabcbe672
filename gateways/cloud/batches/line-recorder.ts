import { finishLines, keepLine, type Running } from "#commands/batch/run-batch.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import type { Run } from "./batch-deps.ts"

/** Lines that finish within it are one event of the log. */
const GROUP_MS = 50
const MAX_GROUP = 1_000
/** The node's job waits for its line to be on record, and not for ever. */
const RECORD_MS = 6_000
const AGAIN_MS = 250

export interface FinishedLine {
  readonly line: number
  readonly outcome: "completed" | "failed"
  /** As it will be in a file. */
  readonly result: string
}

interface Waiting {
  readonly finished: FinishedLine
  readonly tell: (isOnRecord: boolean) => void
}

/** Puts what lines came to on record, many at once, before anything is charged for them. */
export class LineRecorder {
  readonly #run: Run
  readonly #batch: Running & { readonly namespaceId: NamespaceId }
  #waiting: Waiting[] = []
  #flushing = false

  constructor(run: Run, batch: Running & { readonly namespaceId: NamespaceId }) {
    this.#run = run
    this.#batch = batch
  }

  /** True: this result is the line's. False: it is not, or nobody knows; nothing may be charged for it. */
  async record(finished: FinishedLine): Promise<boolean> {
    const { line, result } = finished
    const kept = await tried(() => this.#run(keepLine({ ...this.#batch, line, result })))
    if (kept === null) return false
    return new Promise((tell) => {
      this.#waiting.push({ finished, tell })
      void this.#flush()
    })
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return
    this.#flushing = true
    while (this.#waiting.length > 0) {
      await pause(GROUP_MS)
      await this.#record(this.#waiting.splice(0, MAX_GROUP))
    }
    this.#flushing = false
  }

  async #record(group: readonly Waiting[]): Promise<void> {
    const { batchId, generation } = this.#batch
    const linesOf = (outcome: FinishedLine["outcome"]) => group.flatMap(({ finished }) => (finished.outcome === outcome ? [finished.line] : []))
    const lines = { completed: linesOf("completed"), failed: linesOf("failed") }
    const recorded = await tried(() => this.#run(finishLines({ batchId, generation, ...lines })))
    for (const { finished, tell } of group) tell(recorded?.has(finished.line) ?? false)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Again and again while the stores are away, but not for long; null when it did not come about. */
const tried = async <Value>(attempt: () => Promise<Value>): Promise<Value | null> => {
  const giveUpAt = Date.now() + RECORD_MS / 2
  for (;;) {
    try {
      return await attempt()
    } catch (failure) {
      if (!isPassing(failure) || Date.now() > giveUpAt) return null
      await pause(AGAIN_MS)
    }
  }
}

const PASSING: ReadonlySet<unknown> = new Set(["EventStoreUnavailable", "ContentStoreUnavailable", "TooManyConflicts", "StreamBusy"])

const isPassing = (failure: unknown): boolean => typeof failure === "object" && failure !== null && "_tag" in failure && PASSING.has(failure._tag)
