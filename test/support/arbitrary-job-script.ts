import fc from "fast-check"
import type { JobCommand, Receipt } from "#domain/job/index.ts"
import {
  ATTEMPT_A, ATTEMPT_B, GATEWAY, HOLD_A, HOLD_B, JOB_A, KEY, NAMESPACE, NODE_A, SESSION_A,
} from "./arbitrary-ids.ts"

export const MAX_OUTPUT_TOKENS = 4
export const DEADLINE_AT = 4

export const receipt = (digest: string, completionTokens = 1): Receipt => ({
  sessionId: SESSION_A,
  digest,
  signature: "sig",
  promptTokens: 1,
  completionTokens,
  durationMs: 1,
})

export const submitJob = {
  type: "SubmitJob",
  jobId: JOB_A,
  namespaceId: NAMESPACE,
  keyId: KEY,
  holdId: HOLD_A,
  gatewayId: GATEWAY,
  environment: "testnet",
  model: "tiny",
  mode: "stream",
  priority: "normal",
  promptTokens: 1,
  maxOutputTokens: MAX_OUTPUT_TOKENS,
  requestDigest: "digest",
  requestBytes: 10,
  attemptTimeoutMs: 2,
  retryLimit: 1,
  at: 0,
  deadlineAt: DEADLINE_AT,
} as const satisfies JobCommand

const ATTEMPTS = [ATTEMPT_A, ATTEMPT_B]
const TIMES = [1, 3, DEADLINE_AT]

const entries: readonly JobCommand[] = [
  submitJob,
  { ...submitJob, holdId: HOLD_B },
  { ...submitJob, requestDigest: "other" },
  { type: "VoidJob", jobId: JOB_A, namespaceId: NAMESPACE, holdId: HOLD_A, at: 1 },
]

const assignments = ATTEMPTS.flatMap((attemptId) =>
  TIMES.map((at): JobCommand => {
    const to = { nodeId: NODE_A, sessionId: SESSION_A, payee: "alice" }
    return { type: "AssignJob", jobId: JOB_A, attemptId, ...to, at }
  }),
)

const deliveries = ATTEMPTS.flatMap((attemptId) =>
  [0, 1, 2, 4, 5].flatMap((deliveredTokens): readonly JobCommand[] => [
    { type: "MarkProgress", jobId: JOB_A, attemptId, deliveredTokens, at: 1 },
    { type: "FailAttempt", jobId: JOB_A, attemptId, reason: "node_gone", deliveredTokens, at: 2 },
    { type: "ConfirmCancel", jobId: JOB_A, attemptId, deliveredTokens, at: 2 },
    { type: "CompleteJob", jobId: JOB_A, attemptId, finishReason: "stop", deliveredTokens, receipt: receipt("r1"), at: 2 },
    { type: "CompleteJob", jobId: JOB_A, attemptId, finishReason: "length", deliveredTokens, receipt: receipt("r2"), at: 2 },
  ]),
)

const failures = ATTEMPTS.flatMap((attemptId): readonly JobCommand[] => [
  { type: "FailAttempt", jobId: JOB_A, attemptId, reason: "timed_out", deliveredTokens: null, at: 3 },
  { type: "ConfirmCancel", jobId: JOB_A, attemptId, deliveredTokens: null, at: 3 },
])

const ends: readonly JobCommand[] = [
  { type: "RequestCancel", jobId: JOB_A, reason: "client left", at: 1 },
  { type: "RequestCancel", jobId: JOB_A, reason: "another_model_answered", at: 1 },
  { type: "RequestCancel", jobId: JOB_A, reason: "answer_failed", at: 1 },
  { type: "RequestCancel", jobId: JOB_A, reason: "request_replaced", at: 1 },
  { type: "ConfirmCancel", jobId: JOB_A, attemptId: null, deliveredTokens: 2, at: 2 },
  { type: "FailJob", jobId: JOB_A, reason: "gateway_lost", at: 2 },
  { type: "ExpireJob", jobId: JOB_A, at: 1 },
  { type: "ExpireJob", jobId: JOB_A, at: DEADLINE_AT },
  { type: "DeadLetterJob", jobId: JOB_A, at: 3 },
]

const later = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...entries) },
    { weight: 6, arbitrary: fc.constantFrom(...assignments) },
    { weight: 6, arbitrary: fc.constantFrom(...deliveries) },
    { weight: 2, arbitrary: fc.constantFrom(...failures) },
    { weight: 1, arbitrary: fc.constantFrom(...ends) },
  ),
  { maxLength: 16, size: "max" },
)

/**
 * Up to 17 commands on one job of at most 4 tokens and 2 attempts. It starts with an entry, and ends are rarer than the rest: else
 * most scripts would only collect refusals.
 */
export const jobScript: fc.Arbitrary<readonly JobCommand[]> = fc
  .tuple(fc.constantFrom(submitJob, ...entries), later)
  .map(([first, rest]) => [first, ...rest])
