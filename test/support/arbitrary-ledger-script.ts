import fc from "fast-check"
import type { LedgerCommand, ServedAttempt, SpendLimits } from "#domain/credit-ledger/index.ts"
import { HoldId } from "#domain/kernel/ids.ts"
import type { Quote } from "#domain/policies/pricing.ts"
import { ATTEMPT_A, ATTEMPT_B, HOLD_A, HOLD_B, JOB_A, JOB_B, KEY, NAMESPACE, NODE_A, NODE_B, OTHER_NAMESPACE } from "./arbitrary-ids.ts"

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
const TRANSFERS = ["t1", "t2"]

/** All keys of the ledger's maps that a script can make. */
export const LEDGER_KEYS: readonly string[] = [...GRANTS, ...TRANSFERS, HOLD_A, HOLD_B, KEY]

const grants: readonly LedgerCommand[] = GRANTS.flatMap((grantId) =>
  [1n, 2n, 3n, 4n, 0n].map(
    (amount): LedgerCommand => ({ type: "GrantCredits", namespaceId: NAMESPACE, grantId, amount, reason: "test", at: 1 }),
  ),
)

/** Two limits on one key in two days of one month: some holds fit neither, some wait for the other's end. */
const CAPS: readonly (SpendLimits | null)[] = [null, { rootKeyId: KEY, perDay: 4n, perMonth: null }, { rootKeyId: KEY, perDay: 3n, perMonth: 5n }]
const DAY_MS = 86_400_000

const holds: readonly LedgerCommand[] = [HOLD_A, HOLD_B].flatMap((holdId) =>
  [JOB_A, JOB_B].flatMap((jobId) =>
    [0, 1].flatMap((promptTokens) =>
      [1, 2, 4].flatMap((maxOutputTokens) =>
        [1_000_000n, 600_000n, 0n].flatMap((rate) =>
          [1, maxOutputTokens].flatMap((minimumOutputTokens) =>
            CAPS.flatMap((spendLimits) =>
              [1, DAY_MS].map((at): LedgerCommand => {
                const quote = tinyQuote(promptTokens, maxOutputTokens, rate)
                const ids = { namespaceId: NAMESPACE, holdId, jobId, keyId: KEY }
                return { type: "HoldCredits", ...ids, quote, minimumOutputTokens, spendLimits, at, expiresAt: at + 2 }
              }),
            ),
          ),
        ),
      ),
    ),
  ),
)

const holdsTogether: readonly LedgerCommand[] = [1, 2, 4].flatMap((length) =>
  [1, length].flatMap((minimumOutputTokens) =>
    [JOB_A, JOB_B].flatMap((jobId) => CAPS.map((spendLimits): LedgerCommand => {
      const one = { type: "HoldCredits", namespaceId: NAMESPACE, keyId: KEY, minimumOutputTokens, spendLimits, at: 1, expiresAt: 3 } as const
      const first = { ...one, holdId: HOLD_A, jobId, quote: tinyQuote(1, length, 1_000_000n) }
      const second = { ...one, holdId: HOLD_B, jobId: JOB_B, quote: tinyQuote(0, length, 600_000n) }
      return { type: "HoldCreditsTogether", namespaceId: NAMESPACE, holds: [first, second] }
    })),
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

const transfers: readonly LedgerCommand[] = TRANSFERS.flatMap((transferId): readonly LedgerCommand[] => [
  ...[1n, 2n].map((amount): LedgerCommand => ({ type: "SendCredits", namespaceId: NAMESPACE, transferId, toNamespaceId: OTHER_NAMESPACE, amount, at: 2 })),
  ...[1n, 2n].map((amount): LedgerCommand => ({ type: "ReceiveCredits", namespaceId: NAMESPACE, transferId, fromNamespaceId: OTHER_NAMESPACE, amount, at: 2 })),
  { type: "CompleteTransfer", namespaceId: NAMESPACE, transferId, at: 2 },
  { type: "ReturnCredits", namespaceId: NAMESPACE, transferId, at: 2 },
])
const close: LedgerCommand = { type: "CloseLedger", namespaceId: NAMESPACE, at: 2 }

/** Up to twelve commands on one ledger: two holds, two jobs, amounts 1 to 4, two settlements that ask for more than was held. */
export const ledgerScript: fc.Arbitrary<readonly LedgerCommand[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...grants) },
    { weight: 8, arbitrary: fc.constantFrom(...holds) },
    { weight: 4, arbitrary: fc.constantFrom(...holdsTogether) },
    { weight: 6, arbitrary: fc.constantFrom(...settlements) },
    { weight: 4, arbitrary: fc.constantFrom(...releases) },
    { weight: 4, arbitrary: fc.constantFrom(...transfers) },
    { weight: 1, arbitrary: fc.constant(close) },
  ),
  { maxLength: 12, size: "max" },
)

/** All holds of one key under the same limits, in two days of one month and its next; a script begins with credits enough for more. */
export const limitedScript: fc.Arbitrary<{ readonly limits: SpendLimits; readonly script: readonly LedgerCommand[] }> = fc
  .record({
    limits: fc.record({
      rootKeyId: fc.constant(KEY),
      perDay: fc.constantFrom(null, 2n, 3n, 5n),
      perMonth: fc.constantFrom(null, 4n, 6n),
    }),
    asked: fc.array(fc.oneof(fc.constantFrom(...holds), fc.constantFrom(...settlements), fc.constantFrom(...releases)), { maxLength: 12, size: "max" }),
    days: fc.array(fc.constantFrom(0, 1, 30, 31), { minLength: 12, maxLength: 12 }),
  })
  .map(({ limits, asked, days }) => ({
    limits,
    script: [
      { type: "GrantCredits", namespaceId: NAMESPACE, grantId: "g1", amount: 100n, reason: "test", at: 1 } as const,
      ...asked.map((command, index): LedgerCommand =>
        command.type === "HoldCredits" ? { ...command, ...manyHolds(index), spendLimits: limits, at: (days[index] ?? 0) * DAY_MS } : command,
      ),
    ],
  }))

/** More holds than two: each third one is new. */
const manyHolds = (index: number) =>
  index % 3 === 0 ? { holdId: HoldId.make(`hold_00000000-0000-7000-8000-0000000001${String(index).padStart(2, "0")}`) } : {}
