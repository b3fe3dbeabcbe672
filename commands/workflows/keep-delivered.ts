import { Effect } from "effect"
import type { AttemptId, JobId, NamespaceId } from "#domain/kernel/ids.ts"
import { ContentStore, deliveredField } from "../ports/content-store.ts"

/**
 * Keeps the answer so far for the node that goes on with it: streams of assignments are not encrypted, the content store is. A first
 * attempt pays nothing. `false` when it could not be kept: then nobody could go on where the client is.
 */
export const keepDelivered = Effect.fnUntraced(function* (continued: {
  readonly namespaceId: NamespaceId
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly text: string
}) {
  const { namespaceId, jobId, attemptId, text } = continued
  if (text === "") return true
  const content = yield* ContentStore
  return yield* content.put({ namespaceId, jobId, field: deliveredField(attemptId) }, text).pipe(
    Effect.as(true),
    Effect.catch((failure) => Effect.as(Effect.logWarning("an answer so far could not be kept: its job waits", failure), false)),
  )
})
