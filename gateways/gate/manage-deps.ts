import type { Effect } from "effect"
import type { Commands } from "#commands/handle.ts"
import type { KeyMinter } from "#commands/ports/key-minter.ts"
import { type Grantor, NO_LIMITS } from "#domain/api-key/index.ts"
import type { Position } from "#domain/kernel/envelope.ts"
import type { AccountId } from "#domain/kernel/ids.ts"
import type { apiKeyQueries } from "#projections/api-keys/query.ts"
import type { balanceQueries } from "#projections/balances/query.ts"
import type { namespaceQueries } from "#projections/namespaces/query.ts"
import { unavailable } from "../http/api-error.ts"
import type { Caller } from "../http/authenticate.ts"

/** What the management of keys and namespaces needs. */
export interface ManageDeps {
  /** Rejects with the failure itself. */
  readonly run: <A, E>(use: Effect.Effect<A, E, Commands | KeyMinter>) => Promise<A>
  /** Until the read models have what is at this position, and not for long: a client reads its own write. Never rejects. */
  readonly settled: (position: Position) => Promise<void>
  readonly keys: Pick<ReturnType<typeof apiKeyQueries>, "find" | "page" | "countActive">
  readonly namespaces: Pick<ReturnType<typeof namespaceQueries>, "find" | "page">
  readonly balances: Pick<ReturnType<typeof balanceQueries>, "ofNamespace">
}

/** All that the caller may give. */
export const grantorOf = ({ keyId, mode, access }: Caller): Grantor => ({ keyId, mode, right: access.right, limits: access.limits ?? NO_LIMITS })

export const accountOf = ({ access: { accountId } }: Caller): AccountId => {
  if (accountId !== null) return accountId
  throw unavailable("account_unavailable", "The account of this key cannot be looked up at the moment. Please try again.")
}

export const seconds = (ms: number): number => Math.floor(ms / 1_000)
