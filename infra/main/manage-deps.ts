import { Effect } from "effect"
import type { ManageDeps } from "#gateways/gate/manage-deps.ts"
import { apiKeysProjection } from "#projections/api-keys/project.ts"
import { apiKeyQueries } from "#projections/api-keys/query.ts"
import { watchPositions } from "#projections/await-position.ts"
import { balancesProjection } from "#projections/balances/project.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import { namespacesProjection } from "#projections/namespaces/project.ts"
import { namespaceQueries } from "#projections/namespaces/query.ts"
import { LIVE_SCHEMA } from "#projections/read-db.ts"
import { postgresSink } from "#projections/sinks/postgres.ts"
import { readModelDb } from "../postgres/read-models.ts"
import type { Platform } from "./platform.ts"

/** Projections take 200 ms at most; a client does not wait much longer to read its own write. */
const SETTLE_MS = 2_000

/** What the management of keys and namespaces needs, of a process of the platform. */
export const manageDeps = async ({ adapters, runtime, readDb, pool }: Platform): Promise<ManageDeps> => {
  const context = await runtime.context()
  const watch = watchPositions(postgresSink(readModelDb(pool), LIVE_SCHEMA), [apiKeysProjection, namespacesProjection, balancesProjection])
  return {
    run: (use) => Effect.runPromise(Effect.provideContext(use, context)),
    settled: (position) =>
      Effect.runPromise(
        watch.awaitPosition(position, { timeoutMs: SETTLE_MS }).pipe(
          Effect.catch(() => Effect.sync(() => adapters.counters.increment("manage_read_own_write_late_total"))),
        ),
      ),
    keys: apiKeyQueries(readDb),
    namespaces: namespaceQueries(readDb),
    balances: balanceQueries(readDb),
  }
}
