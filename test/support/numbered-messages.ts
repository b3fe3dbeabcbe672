import type { FinishReason } from "#domain/job/index.ts"
import type { AttemptId } from "#domain/kernel/ids.ts"
import type { StreamMessage } from "#domain/protocol/bus-messages.ts"

/** For tests that look at something else. */
export const SOME_RECEIPT = {
  sessionId: "sess_test", digest: "d", signature: "s", promptTokens: 5, completionTokens: 1, durationMs: 1,
} as unknown as Extract<StreamMessage, { type: "finished" }>["receipt"]

/** Messages of a job's stream, numbered within each attempt as an IO gateway numbers them. */
export const numberedMessages = () => {
  const next = new Map<AttemptId, number>()
  const taken = (attemptId: AttemptId): number => {
    const index = next.get(attemptId) ?? 0
    next.set(attemptId, index + 1)
    return index
  }
  return {
    tokens: (attemptId: AttemptId, text: string, tokens = 1): StreamMessage => ({ type: "tokens", attemptId, index: taken(attemptId), text, tokens }),
    finished: (attemptId: AttemptId, completionTokens: number, finishReason: FinishReason = "stop"): StreamMessage => ({
      type: "finished", attemptId, finishReason, completionTokens, chunks: next.get(attemptId) ?? 0, receipt: SOME_RECEIPT,
    }),
  }
}
