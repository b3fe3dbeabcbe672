import { Data, Effect } from "effect"
import { content } from "#domain/content/index.ts"
import { isOpen, job } from "#domain/job/index.ts"
import type { JobId, NamespaceId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { uuidV7 } from "../ids.ts"
import { ContentStore } from "../ports/content-store.ts"
import { Counters } from "../ports/counters.ts"

/** No such job, or not of this namespace. */
export class UnknownJob extends Data.TaggedError("UnknownJob")<{ readonly jobId: string }> {
  override get message(): string {
    return `${this.jobId} is no job of this namespace`
  }
}

/** What it is made of is needed until it has ended. Cancel it, or wait. */
export class JobStillOpen extends Data.TaggedError("JobStillOpen")<{ readonly jobId: string }> {
  override get message(): string {
    return `${this.jobId} has not ended yet`
  }
}

export interface ErasureRequest {
  readonly namespaceId: NamespaceId
  /** Null: everything of the namespace. */
  readonly jobId: JobId | null
  readonly reason: string
}

/**
 * Deletes what a job was asked and answered, or destroys the namespace's data key. The request is a fact before anything is deleted:
 * where this is cut off, `finishErasures` goes on. Digests and receipts in the log stay as they were.
 */
export const eraseContent = Effect.fnUntraced(function* ({ namespaceId, jobId, reason }: ErasureRequest) {
  const { load, handle } = yield* Commands
  if (jobId !== null) {
    const state = yield* load(job, jobId)
    const submitted = state.stage === "absent" || state.stage === "voided" ? null : state.submitted
    if (submitted?.namespaceId !== namespaceId) return yield* new UnknownJob({ jobId })
    if (isOpen(state)) return yield* new JobStillOpen({ jobId })
  }
  const erasureId = `erasure_${uuidV7()}`
  const command = { type: "RequestErasure", namespaceId, jobId, erasureId, reason, at: Date.now() } as const
  yield* handle(content, namespaceId, command, { commandId: `${erasureId}/request`, correlationId: erasureId })
  const { at, position } = yield* finishErasure({ namespaceId, erasureId })
  return { erasureId, at, position }
})

/** Does what was requested, as often as it is called, and says that it is done. */
export const finishErasure = Effect.fnUntraced(function* ({ namespaceId, erasureId }: { readonly namespaceId: NamespaceId; readonly erasureId: string }) {
  const { load, handle } = yield* Commands
  const store = yield* ContentStore
  const counters = yield* Counters
  const erasure = (yield* load(content, namespaceId)).erasures.get(erasureId)
  if (erasure?.stage === "requested") {
    yield* erasure.jobId === null ? store.erase(namespaceId) : store.forget(namespaceId, erasure.jobId)
    counters.increment("content_erased_total", erasure.jobId === null ? "namespace" : "job")
  }
  const at = Date.now()
  const meta = { commandId: `${erasureId}/confirm`, correlationId: erasureId }
  const { position } = yield* handle(content, namespaceId, { type: "ConfirmErasure", namespaceId, erasureId, at }, meta)
  return { at, position }
})
