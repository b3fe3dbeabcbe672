import { NO_LIMITS } from "#domain/api-key/index.ts"
import { AccountId, type KeyId } from "#domain/kernel/ids.ts"
import type { KeyAccess } from "#gateways/ports/key-directory.ts"

export const TEST_ACCOUNT = AccountId.make("acct_0190a000-0000-7000-8000-000000000001")

/** An inference key without limits, and what a test wants otherwise. */
export const keyAccess = (rootKeyId: KeyId, changes: Partial<KeyAccess> = {}): KeyAccess => ({
  right: "inference", limits: NO_LIMITS, rootKeyId, endsAt: null, accountId: TEST_ACCOUNT, namespaceDeletedAt: null, ...changes,
})
