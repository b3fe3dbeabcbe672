import type { EndReason, OperatorShare } from "#domain/credit-ledger/index.ts"
import { availableAccount, GRANTS_ACCOUNT, heldAccount, operatorAccount, PLATFORM_ACCOUNT } from "#domain/credit-ledger/index.ts"
import type { LogEvent } from "#projections/log-event.ts"
import { attemptAt, GATEWAY, holdAt, jobAt, keyAt, namespaceAt, nodeAt, sessionAt } from "./workload-world.ts"

export const NAMESPACE = namespaceAt(1)
const ids = { namespaceId: NAMESPACE, holdId: holdAt(1), jobId: jobAt(1), keyId: keyAt(1) }
const quote = {
  policyHash: "hash", model: "tiny", promptTokens: 3, maxOutputTokens: 7, inputRate: 1_000_000n, outputRate: 1_000_000n, operatorSharePercent: 50,
}

export const granted = (amount: bigint): LogEvent => ({
  type: "CreditsGranted",
  data: {
    namespaceId: NAMESPACE, grantId: "g", amount, reason: "gift", at: 1,
    postings: [{ account: availableAccount(NAMESPACE), amount }, { account: GRANTS_ACCOUNT, amount: -amount }],
  },
})

export const held: LogEvent = {
  type: "HoldPlaced",
  data: {
    ...ids, amount: 10n, quote, at: 2, expiresAt: 9,
    postings: [{ account: availableAccount(NAMESPACE), amount: -10n }, { account: heldAccount(NAMESPACE), amount: 10n }],
  },
}

export const share = (payee: string, node: number, tokens: number, amount: bigint): OperatorShare => ({
  payee, nodeId: nodeAt(node), attemptId: attemptAt(node), tokens, amount,
})

/** Price 6, of which 3 go to the operators. */
export const settled = (reason: EndReason, shares: readonly OperatorShare[], at = 3): LogEvent => ({
  type: "HoldSettled",
  data: {
    ...ids, reason, model: "tiny", promptTokens: 3, completionTokens: 3, price: 6n, shares, at,
    postings: [
      { account: heldAccount(NAMESPACE), amount: -10n },
      { account: availableAccount(NAMESPACE), amount: 4n },
      ...shares.map(({ payee, amount }) => ({ account: operatorAccount(payee), amount })),
      { account: PLATFORM_ACCOUNT, amount: 3n },
    ],
  },
})

export const released = (reason: EndReason, at = 3): LogEvent => ({
  type: "HoldReleased",
  data: {
    ...ids, reason, model: "tiny", amount: 10n, at,
    postings: [{ account: heldAccount(NAMESPACE), amount: -10n }, { account: availableAccount(NAMESPACE), amount: 10n }],
  },
})

export const submitted: LogEvent = {
  type: "JobSubmitted",
  data: {
    ...ids, gatewayId: GATEWAY, environment: "testnet", model: "tiny", mode: "stream", priority: "normal", promptTokens: 3,
    maxOutputTokens: 7, requestDigest: "digest", requestBytes: 10, attemptTimeoutMs: 5, retryLimit: 1, at: 2, deadlineAt: 50,
  },
}

export const assigned = (attempt: number, node: number, resumeFromTokens: number): LogEvent => ({
  type: "JobAssigned",
  data: {
    jobId: ids.jobId, attemptId: attemptAt(attempt), attempt, nodeId: nodeAt(node), sessionId: sessionAt(node), payee: "alice",
    resumeFromTokens, at: 10 * attempt, expiresAt: 90,
  },
})

export const marked = (attempt: number, deliveredTokens: number): LogEvent => ({
  type: "ProgressMarked",
  data: { jobId: ids.jobId, attemptId: attemptAt(attempt), deliveredTokens, at: 11 },
})

export const attemptFailed = (attempt: number, deliveredTokens: number): LogEvent => ({
  type: "AttemptFailed",
  data: { jobId: ids.jobId, attemptId: attemptAt(attempt), reason: "node_gone", deliveredTokens, at: 12 },
})

export const completed = (attempt: number, deliveredTokens: number): LogEvent => {
  const receipt = { sessionId: sessionAt(1), digest: "d", signature: "s", promptTokens: 3, completionTokens: deliveredTokens, durationMs: 1 }
  const data = { jobId: ids.jobId, attemptId: attemptAt(attempt), finishReason: "stop", deliveredTokens, receipt, at: 30 } as const
  return { type: "JobCompleted", data }
}

export const awarded = (payee: string, node: number, amount: bigint): LogEvent => ({
  type: "RcpAwarded",
  data: {
    payee, nodeId: nodeAt(node), jobId: ids.jobId, attemptId: attemptAt(node), outputTokens: 3, promptTokens: 0, qualityPercent: 100,
    policyHash: "hash", amount, at: 40,
    postings: [{ account: `rcp:payee:${payee}`, amount }, { account: "rcp:issued", amount: -amount }],
  },
})
