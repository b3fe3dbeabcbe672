import { Data, Effect, Schema } from "effect"
import { type ContentStoreShape, deliveredField } from "#commands/ports/content-store.ts"
import type { Assignment } from "#commands/ports/job-stream.ts"
import { InferenceRequest } from "#domain/protocol/inference-request.ts"
import type { ActiveSession } from "./active-session.ts"
import { AnswerCheck } from "./answer-check.ts"
import type { RunningAttempt } from "./attempt-book.ts"
import { confirmStopped } from "./confirm-stopped.ts"
import { stillToDo } from "./still-to-do.ts"

const decodeRequest = Schema.decodeUnknownEffect(Schema.fromJsonString(InferenceRequest))

/** Whoever went on from another place would repeat words to the client, or leave some out. */
class DeliveredTextDiffers extends Data.TaggedError("DeliveredTextDiffers")<{ readonly attemptId: string }> {}

/** Adds the content to an assignment and sends it to the node. Content that cannot be had fails the attempt. */
export const sendAssignment = Effect.fnUntraced(function* (
  session: ActiveSession,
  attempt: RunningAttempt,
  assignment: Assignment,
) {
  const { content, counters } = session.services
  const { jobId, attemptId, namespaceId, model, maxOutputTokens, expiresAt } = assignment
  const request = content.get({ namespaceId, jobId, field: "request" }).pipe(Effect.flatMap(decodeRequest))
  const found = yield* Effect.all([request, deliveredText(content, assignment)], { concurrency: 2 }).pipe(
    Effect.catch((failure) =>
      Effect.sync(() => {
        counters.increment("io_content_failed_total", failure._tag)
        session.fail(attempt, "node_error")
        return null
      }),
    ),
  )
  if (found === null || session.book.get(attemptId) !== attempt) return
  if (attempt.cancelled) {
    session.book.drop(attemptId)
    session.transcripts.drop(attemptId)
    return yield* confirmStopped({ jobId, attemptId, deliveredTokens: 0 })
  }
  const { request: asked, deliveredText: begun } = stillToDo(found[0], found[1])
  attempt.sent = true
  attempt.check = new AnswerCheck(asked, begun)
  session.sender.send({
    type: "assign", job_id: jobId, attempt_id: attemptId, model, request: asked,
    delivered_text: begun, max_output_tokens: maxOutputTokens, expires_at: expiresAt,
  })
})

/** What the client has already; only an attempt that goes on with an answer looks for it. */
const deliveredText = (content: ContentStoreShape, { namespaceId, jobId, attemptId, deliveredCharacters }: Assignment) =>
  deliveredCharacters === 0
    ? Effect.succeed("")
    : Effect.filterOrFail(
        content.get({ namespaceId, jobId, field: deliveredField(attemptId) }),
        (text) => text.length === deliveredCharacters,
        () => new DeliveredTextDiffers({ attemptId }),
      )
