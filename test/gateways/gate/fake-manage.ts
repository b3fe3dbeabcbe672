import { DEFAULT_LIMITS } from "#domain/api-key/index.ts"
import type { KeyId } from "#domain/kernel/ids.ts"
import type { ManageDeps } from "#gateways/gate/manage-deps.ts"
import { memoryRateLimit } from "#infra/memory/rate-limit.ts"
import type { ApiKeyView } from "#projections/api-keys/query.ts"
import type { NamespaceView } from "#projections/namespaces/query.ts"
import { keyAccess, TEST_ACCOUNT } from "#test/support/key-access.ts"
import { namespaceAt } from "./fake-account.ts"
import { fakeAccount } from "./fake-account-deps.ts"

export const MANAGED_KEY = "Managed00001" as KeyId
export const MANAGED_NAMESPACE = namespaceAt(1)

const key: ApiKeyView = {
  keyId: MANAGED_KEY, namespaceId: MANAGED_NAMESPACE, mode: "test", name: "k", pepperVersion: 1, digest: "d", createdAt: 1, createdBy: null,
  successorId: null, revokedAt: null, access: keyAccess(MANAGED_KEY, { limits: DEFAULT_LIMITS }),
}
const one: NamespaceView = { namespaceId: MANAGED_NAMESPACE, accountId: TEST_ACCOUNT, name: "n", createdAt: 1, retentionDays: 30, deletedAt: null }
/** What any command may answer. */
const done = { position: 1n, apiKey: "rk_test", keyId: MANAGED_KEY, outcome: "arrived", endsAt: 2 }

/** Does nothing and says that it is done: for who may ask, not for what comes of it. */
export const fakeManage: ManageDeps = {
  run: async () => done as never,
  settled: async () => {},
  keys: { find: async (id) => (id === MANAGED_KEY ? key : null), page: async () => [key], countActive: async () => 0 },
  namespaces: { find: async (id) => (id === MANAGED_NAMESPACE ? one : null), page: async () => [one] },
  balances: { ofNamespace: async () => ({ available: 1n, held: 0n, spent: 0n, granted: 1n, transferred: 0n }) },
}

/** A gate's part in accounts, where a test is about nodes. */
export const withoutAccounts = {
  manage: fakeManage, account: fakeAccount, keys: { find: async () => null }, digest: { matches: () => false },
  limits: { rateLimit: memoryRateLimit(Date.now), perSecond: 0 },
}
