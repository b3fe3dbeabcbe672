import { Effect } from "effect"
import { completeDelivered } from "#commands/job/complete-delivered.ts"
import { RECORD_RETRY } from "#commands/job/record-retry.ts"
import type { FinishReason, Receipt } from "#domain/job/index.ts"
import { SLOT_TAP, type SlotTap } from "#domain/protocol/bus-messages.ts"
import type { ReceiptFrame } from "#domain/protocol/frames.ts"
import type { ActiveSession } from "./active-session.ts"
import { type RunningAttempt, statementOf } from "./attempt-book.ts"
import { confirmStopped } from "./confirm-stopped.ts"
import type { Refusal } from "./envelope.ts"

/**
 * Takes a receipt whose signature is already verified. It must agree with what the network saw; then the client hears the end, and
 * the record follows behind the answer.
 */
export const takeReceipt = (
  session: ActiveSession,
  receipt: ReceiptFrame,
  signed: { readonly text: string; readonly signature: string },
): Refusal | null => {
  const { book } = session
  const attempt = book.get(receipt.attempt_id)
  if (attempt === undefined) {
    session.services.counters.increment("io_receipts_after_end_total")
    return book.afterwards(receipt, statementOf(receipt))
  }
  const refusal = book.check(attempt, receipt)
  if (refusal !== null) {
    session.fail(attempt, "invalid_receipt")
    return refusal
  }
  if (receipt.finish_reason === "cancelled") return stopped(session, attempt, receipt)
  book.finish(attempt.attemptId, statementOf(receipt))
  complete(session, attempt, { ...receipt, finish_reason: receipt.finish_reason }, signed)
  return null
}

const stopped = (session: ActiveSession, attempt: RunningAttempt, receipt: ReceiptFrame): Refusal | null => {
  const { jobId, attemptId, tokens } = attempt
  if (!attempt.cancelled) {
    session.fail(attempt, "node_error")
    return { code: "unexpected_frame", message: "nobody asked to cancel this attempt" }
  }
  session.book.finish(attemptId, statementOf(receipt))
  session.transcripts.drop(attemptId)
  session.services.bus.publish(SLOT_TAP, { jobId, attemptId } satisfies SlotTap)
  session.services.fork("confirm_cancel", confirmStopped({ jobId, attemptId, deliveredTokens: tokens }))
  return null
}

const complete = (
  session: ActiveSession,
  attempt: RunningAttempt,
  receipt: ReceiptFrame & { readonly finish_reason: FinishReason },
  signed: { readonly text: string; readonly signature: string },
): void => {
  const { bus, signatures, counters, fork } = session.services
  const { jobId, attemptId, tokens } = attempt
  const { finish_reason: finishReason, prompt_tokens, completion_tokens, duration_ms } = receipt
  if (completion_tokens !== tokens) counters.increment("io_token_count_differs_total")
  const hash = signatures.hash()
  hash.update(signed.text)
  const recorded: Receipt = {
    sessionId: session.facts.certificate.sessionId,
    digest: hash.hex(),
    signature: signed.signature,
    promptTokens: prompt_tokens,
    completionTokens: completion_tokens,
    durationMs: duration_ms,
  }
  session.transcripts.finish(jobId, { attemptId, finishReason, completionTokens: tokens, receipt: recorded })
  bus.publish(SLOT_TAP, { jobId, attemptId } satisfies SlotTap)
  const record = completeDelivered({ jobId, attemptId, finishReason, tokens, receipt: recorded })
  fork("complete_job", record.pipe(Effect.retry(RECORD_RETRY)))
}
