import { Effect } from "effect"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import { job, type JobAction, nextAction } from "#domain/job/index.ts"
import type { JobId } from "#domain/kernel/ids.ts"
import { rcpAccount } from "#domain/rcp/index.ts"
import { Commands } from "../handle.ts"
import { policyByHash } from "../network-config/publish-policy.ts"
import { Counters } from "../ports/counters.ts"
import { NetworkSettings } from "../ports/network-settings.ts"
import { onJobTaps } from "./job-taps.ts"

type Settle = Extract<JobAction, { type: "settle" }>

/** Until audits judge answers, every delivered answer counts in full. */
const QUALITY_PERCENT = 100

/**
 * Ends the hold of every ended job. Points come first and the hold last: dying in between leaves the hold open, and the watchdog
 * comes back to it; both steps are idempotent.
 */
export const settlement = onJobTaps("settlement", (jobId) => settleJob(jobId))

export const settleJob = Effect.fnUntraced(function* (jobId: JobId) {
  const { load, handle, peek } = yield* Commands
  const action = nextAction(peek(job, jobId) ?? (yield* load(job, jobId)), Date.now())
  if (action.type !== "settle" && action.type !== "release") return
  const { namespaceId, holdId, reason } = action
  const how = action.type === "settle" ? `settle/${action.completionTokens}` : `release/${reason}`
  const meta = { commandId: `hold/${holdId}/end/${how}`, correlationId: jobId }
  const at = Date.now()
  if (action.type === "release") {
    const request = action.request === null ? {} : { request: action.request }
    yield* handle(creditLedger, namespaceId, { type: "ReleaseHold", namespaceId, holdId, reason, ...request, at }, meta)
    return
  }
  const { completionTokens, served, request } = action
  const ledger = peek(creditLedger, namespaceId) ?? (yield* load(creditLedger, namespaceId))
  const hold = ledger.holds.get(holdId) ?? (yield* load(creditLedger, namespaceId)).holds.get(holdId)
  if (hold?.stage === "held") yield* awardPoints(jobId, action, { policyHash: hold.quote.policyHash, promptTokens: hold.quote.promptTokens })
  const settle = { type: "SettleHold", namespaceId, holdId, reason, completionTokens, served, request, at } as const
  yield* handle(creditLedger, namespaceId, settle, meta)
}, Effect.catchTags({ HoldAlreadyEnded: (rejection) => alarm(rejection), HoldNotFound: (rejection) => alarm(rejection) }))

/** Points for each attempt that delivered, by the rules the hold was placed under; the prompt counts for the last one. */
const awardPoints = Effect.fnUntraced(function* (
  jobId: JobId,
  { served }: Settle,
  basis: { readonly policyHash: string; readonly promptTokens: number },
) {
  const { handle } = yield* Commands
  const { environment } = yield* NetworkSettings
  const { rcp } = yield* policyByHash(environment, basis.policyHash)
  for (const [index, { payee, nodeId, attemptId, tokens }] of served.entries()) {
    const promptTokens = index === served.length - 1 ? basis.promptTokens : 0
    const command = {
      type: "AwardJobPoints", payee, nodeId, jobId, attemptId, outputTokens: tokens, promptTokens,
      qualityPercent: QUALITY_PERCENT, policyHash: basis.policyHash, rules: rcp, at: Date.now(),
    } as const
    yield* handle(rcpAccount, payee, command, { commandId: `attempt/${attemptId}/award/${tokens}`, correlationId: jobId })
  }
})

/** The ledger and the job disagree: never expected, so it is counted and shown, and the ledger's word stands. */
const alarm = Effect.fnUntraced(function* (rejection: { readonly _tag: string; readonly holdId: string }) {
  const counters = yield* Counters
  counters.increment("settlement_refused_total", rejection._tag)
  yield* Effect.logError("settlement refused", rejection)
})
