import { Effect } from "effect"
import { job } from "#domain/job/index.ts"
import type { JobId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"

/** The client is gone. Dispatch tells the node; the job ends once the node has stopped. */
export const cancelJob = Effect.fnUntraced(function* ({ jobId, reason }: { readonly jobId: JobId; readonly reason: string }) {
  const { handle } = yield* Commands
  const command = { type: "RequestCancel", jobId, reason, at: Date.now() } as const
  yield* handle(job, jobId, command, { commandId: `job/${jobId}/cancel`, correlationId: jobId })
}, Effect.catchTag("JobAlreadyEnded", () => Effect.void))
