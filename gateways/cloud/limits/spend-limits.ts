import type { SpendLimits } from "#domain/credit-ledger/index.ts"
import type { KeyAccess } from "../../ports/key-directory.ts"

/** What the ledger checks in the same decision as the hold. Without a limit it still counts, for one that may come later in the day. */
export const spendLimitsOf = ({ rootKeyId, limits }: KeyAccess): SpendLimits => ({
  rootKeyId,
  perDay: limits?.spendPerDay ?? null,
  perMonth: limits?.spendPerMonth ?? null,
})
