import { Effect, Schema } from "effect"
import type { Assignment } from "#commands/ports/job-stream.ts"
import { InferenceRequest } from "#domain/protocol/inference-request.ts"
import type { ActiveSession } from "./active-session.ts"
import type { RunningAttempt } from "./attempt-book.ts"
import { confirmStopped } from "./confirm-stopped.ts"

const decodeRequest = Schema.decodeUnknownEffect(Schema.fromJsonString(InferenceRequest))

/** Adds the content to an assignment and sends it to the node. Content that cannot be had fails the attempt. */
export const sendAssignment = Effect.fnUntraced(function* (
  session: ActiveSession,
  attempt: RunningAttempt,
  assignment: Assignment,
) {
  const { content, counters } = session.services
  const { jobId, attemptId, namespaceId, model, deliveredText, maxOutputTokens, expiresAt } = assignment
  const request = yield* content.get({ namespaceId, jobId, field: "request" }).pipe(
    Effect.flatMap(decodeRequest),
    Effect.catch((failure) =>
      Effect.sync(() => {
        counters.increment("io_content_failed_total", failure._tag)
        session.fail(attempt, "node_error")
        return null
      }),
    ),
  )
  if (request === null || session.book.get(attemptId) !== attempt) return
  if (attempt.cancelled) {
    session.book.drop(attemptId)
    session.transcripts.drop(attemptId)
    return yield* confirmStopped({ jobId, attemptId, deliveredTokens: 0 })
  }
  attempt.sent = true
  session.sender.send({
    type: "assign", job_id: jobId, attempt_id: attemptId, model, request,
    delivered_text: deliveredText, max_output_tokens: maxOutputTokens, expires_at: expiresAt,
  })
})
