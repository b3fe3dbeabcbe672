import { Effect } from "effect"
import type { JobId, NamespaceId } from "#domain/kernel/ids.ts"
import { ContentStore } from "../ports/content-store.ts"

/** Keeps what the client received, encrypted, for the namespace's retention. */
export const keepAnswer = Effect.fnUntraced(function* (answer: {
  readonly namespaceId: NamespaceId
  readonly jobId: JobId
  readonly text: string
}) {
  const content = yield* ContentStore
  const { namespaceId, jobId, text } = answer
  yield* content.put({ namespaceId, jobId, field: "answer" }, text)
})
