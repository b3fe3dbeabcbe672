import { Effect } from "effect"
import type { EndReason } from "#domain/credit-ledger/index.ts"
import { job } from "#domain/job/index.ts"
import type { JobId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import type { EventStoreUnavailable } from "../ports/event-store.ts"

/** How a job ended, or null while it is open: for whoever may have missed the word. */
export const jobOutcome = Effect.fnUntraced(function* (jobId: JobId): Effect.fn.Return<EndReason | null, EventStoreUnavailable, Commands> {
  const { load } = yield* Commands
  const state = yield* load(job, jobId)
  return state.stage === "ended" ? state.ended.reason : null
})
