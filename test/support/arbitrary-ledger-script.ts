import fc from "fast-check"
import type { LedgerCommand, ServedAttempt } from "#domain/credit-ledger/index.ts"
import type { Quote } from "#domain/policies/pricing.ts"
import { ATTEMPT_A, ATTEMPT_B, HOLD_A, HOLD_B, JOB_A, JOB_B, KEY, NAMESPACE, NODE_A, NODE_B } from "./arbitrary-ids.ts"

/** One micro-credit per token where `rate` is a million: amounts stay so small that scripts run out of money often. */
export const tinyQuote = (promptTokens: number, maxOutputTokens: number, rate: bigint): Quote => ({
  policyHash: "policy",
  model: "tiny",
  promptTokens,
  maxOutputTokens,
  inputRate: rate,
  outputRate: rate,
  operatorSharePercent: 50,
})

const served = (attemptId: typeof ATTEMPT_A, tokens: number): ServedAttempt => ({
  payee: attemptId === ATTEMPT_A ? "alice" : "bob",
  nodeId: attemptId === ATTEMPT_A ? NODE_A : NODE_B,
  attemptId,
  tokens,
})

const GRANTS = ["g1", "g2", "g3"]

/** All keys of the ledger's maps that a script can make. */
export const LEDGER_KEYS: readonly string[] = [...GRANTS, HOLD_A, HOLD_B]

const grants: readonly LedgerCommand[] = GRANTS.flatMap((grantId) =>
  [1n, 2n, 3n, 4n, 0n].map(
    (amount): LedgerCommand => ({ type: "GrantCredits", namespaceId: NAMESPACE, grantId, amount, reason: "test", at: 1 }),
  ),
)

const holds: readonly LedgerCommand[] = [HOLD_A, HOLD_B].flatMap((holdId) =>
  [JOB_A, JOB_B].flatMap((jobId) =>
    [0, 1].flatMap((promptTokens) =>
      [1, 2, 4].flatMap((maxOutputTokens) =>
        [1_000_000n, 600_000n, 0n].flatMap((rate) =>
          [1, maxOutputTokens].map((minimumOutputTokens): LedgerCommand => {
            const quote = tinyQuote(promptTokens, maxOutputTokens, rate)
            const ids = { namespaceId: NAMESPACE, holdId, jobId, keyId: KEY }
            return { type: "HoldCredits", ...ids, quote, minimumOutputTokens, at: 1, expiresAt: 3 }
          }),
        ),
      ),
    ),
  ),
)

const holdsTogether: readonly LedgerCommand[] = [1, 2, 4].flatMap((length) =>
  [1, length].flatMap((minimumOutputTokens) =>
    [JOB_A, JOB_B].map((jobId): LedgerCommand => {
      const one = { type: "HoldCredits", namespaceId: NAMESPACE, keyId: KEY, minimumOutputTokens, at: 1, expiresAt: 3 } as const
      const first = { ...one, holdId: HOLD_A, jobId, quote: tinyQuote(1, length, 1_000_000n) }
      const second = { ...one, holdId: HOLD_B, jobId: JOB_B, quote: tinyQuote(0, length, 600_000n) }
      return { type: "HoldCreditsTogether", namespaceId: NAMESPACE, holds: [first, second] }
    }),
  ),
)

const settlements: readonly LedgerCommand[] = [HOLD_A, HOLD_B].flatMap((holdId) =>
  [[], [served(ATTEMPT_A, 1)], [served(ATTEMPT_A, 1), served(ATTEMPT_B, 2)], [served(ATTEMPT_A, 0)]].flatMap((attempts) =>
    [0, 1, 3, 9].map((completionTokens): LedgerCommand => {
      const ends = { reason: "completed", completionTokens, served: attempts, at: 2 } as const
      return { type: "SettleHold", namespaceId: NAMESPACE, holdId, ...ends }
    }),
  ),
)

const releases: readonly LedgerCommand[] = [HOLD_A, HOLD_B].map(
  (holdId): LedgerCommand => ({ type: "ReleaseHold", namespaceId: NAMESPACE, holdId, reason: "failed", at: 2 }),
)

/** Up to twelve commands on one ledger: two holds, two jobs, amounts 1 to 4, two settlements that ask for more than was held. */
export const ledgerScript: fc.Arbitrary<readonly LedgerCommand[]> = fc.array(
  fc.oneof(fc.constantFrom(...grants), fc.constantFrom(...holds), fc.constantFrom(...holdsTogether), fc.constantFrom(...settlements), fc.constantFrom(...releases)),
  { maxLength: 12, size: "max" },
)
