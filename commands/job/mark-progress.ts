import { Effect } from "effect"
import { job } from "#domain/job/index.ts"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"

/** The client has this much of the attempt's answer, durably on record. Too late is not an error. */
export const markProgress = Effect.fnUntraced(function* (mark: {
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly deliveredTokens: number
}) {
  const { handle } = yield* Commands
  const { jobId, attemptId, deliveredTokens } = mark
  const command = { type: "MarkProgress", ...mark, at: Date.now() } as const
  const meta = { commandId: `attempt/${attemptId}/mark/${deliveredTokens}`, correlationId: jobId }
  yield* handle(job, jobId, command, meta)
}, Effect.catchTags({ JobAlreadyEnded: () => Effect.void, StaleAttempt: () => Effect.void }))
