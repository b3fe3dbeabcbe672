import { Effect } from "effect"
import { eraseContent } from "#commands/content/erase-content.ts"
import type { Position } from "#domain/kernel/envelope.ts"
import type { AccountDeps } from "#gateways/gate/account-routes.ts"
import type { VisibleNamespaces } from "#gateways/gate/own-namespace.ts"
import { alertsProjection } from "#projections/alerts/project.ts"
import { alertQueries } from "#projections/alerts/query.ts"
import { watchPositions } from "#projections/await-position.ts"
import { contentQueries } from "#projections/content/query.ts"
import { namespaceQueries } from "#projections/namespaces/query.ts"
import { LIVE_SCHEMA } from "#projections/read-db.ts"
import { postgresSink } from "#projections/sinks/postgres.ts"
import { usageQueries } from "#projections/usage/query.ts"
import { webhooksProjection } from "#projections/webhooks/project.ts"
import { webhookQueries } from "#projections/webhooks/query.ts"
import { postgresWebhookRecord } from "../postgres/webhook-record.ts"
import { readModelDb } from "../postgres/read-models.ts"
import type { NetworkServices } from "./network-layers.ts"
import type { Platform } from "./platform.ts"

/** Projections take 200 ms at most; a client does not wait much longer to read its own write. */
const SETTLE_MS = 2_000

/** What an account is told of its use, has erased and wants told elsewhere, of a process of the platform. */
export const accountDeps = async ({ adapters, runtime, readDb, pool }: Platform): Promise<AccountDeps> => {
  const context = await runtime.context()
  const run = <A, E>(use: Effect.Effect<A, E, NetworkServices>): Promise<A> => Effect.runPromise(Effect.provideContext(use, context))
  const watch = watchPositions(postgresSink(readModelDb(pool), LIVE_SCHEMA), [webhooksProjection, alertsProjection])
  const namespaces = namespaceQueries(readDb)
  const visible: VisibleNamespaces = async ({ access: { accountId } }) =>
    accountId === null ? [] : (await namespaces.list({ accountId })).map(({ namespaceId }) => namespaceId)
  const settled = (position: Position): Promise<void> =>
    run(
      watch.awaitPosition(position, { timeoutMs: SETTLE_MS }).pipe(
        Effect.catch(() => Effect.sync(() => adapters.counters.increment("manage_read_own_write_late_total"))),
      ),
    )
  return {
    alerts: { visible, run, settled, alerts: alertQueries(readDb) },
    usage: { usage: usageQueries(readDb), visible, now: Date.now },
    content: { visible, erase: (request) => run(eraseContent(request)), erasures: contentQueries(readDb).erasures },
    webhooks: {
      visible, run, now: Date.now,
      settled,
      webhooks: webhookQueries(readDb),
      record: postgresWebhookRecord(pool),
    },
  }
}
