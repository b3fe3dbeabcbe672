import { Effect } from "effect"
import { feedback, type FeedbackCategory, type Rating } from "#domain/feedback/index.ts"
import type { JobId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { uuidV7 } from "../ids.ts"
import { ContentStore, feedbackField } from "../ports/content-store.ts"

export interface NewFeedback {
  readonly jobId: JobId
  readonly namespaceId: NamespaceId
  readonly keyId: KeyId
  readonly rating: Rating
  readonly category: FeedbackCategory | null
  readonly flagged: boolean
  readonly comment: string | null
}

/** Keeps what a key says of its job's answer, the comment as content. The same again changes nothing; another word replaces the first. */
export const giveFeedback = Effect.fnUntraced(function* ({ comment: words, ...given }: NewFeedback) {
  const { handle } = yield* Commands
  const content = yield* ContentStore
  const { jobId, namespaceId, keyId } = given
  const comment = words === null ? null : yield* content.put({ namespaceId, jobId, field: feedbackField(keyId) }, words)
  const command = { type: "GiveFeedback", ...given, comment, at: Date.now() } as const
  yield* handle(feedback, jobId, command, { commandId: `feedback/${jobId}/${keyId}/${uuidV7()}`, correlationId: jobId })
})

/** What a key wrote; null when it is not kept any more. */
export const feedbackComment = ({ namespaceId, jobId, keyId }: { readonly namespaceId: NamespaceId; readonly jobId: JobId; readonly keyId: KeyId }) =>
  Effect.flatMap(ContentStore, (content) => content.get({ namespaceId, jobId, field: feedbackField(keyId) })).pipe(
    Effect.map((text): string | null => text),
    Effect.catchTag("ContentMissing", () => Effect.succeed(null)),
  )

/** What each key said of a job, as the log has it now. */
export const loadFeedback = (jobId: JobId) => Effect.flatMap(Commands, ({ load }) => load(feedback, jobId))
