import { Effect } from "effect"
import { AlertWatchUnavailable, type AlertWatchShape, type NamespaceSignals } from "#commands/ports/alert-watch.ts"
import { NamespaceId } from "#domain/kernel/ids.ts"
import { DEFAULT_LOW_BALANCE, HOUR_MS, TRAILING_HOURS, type Window, WINDOW_MS } from "#domain/policies/alerts.ts"
import { alertQueries } from "#projections/alerts/query.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import type { ReadDb } from "#projections/read-db.ts"
import { type Dimension, usageQueries, type UsageRow } from "#projections/usage/query.ts"
import { webhookQueries } from "#projections/webhooks/query.ts"

/** Of one look. */
const MAX_ROWS = 100_000
const NOTHING: Window = { requests: 0, failed: 0, cancelled: 0, p95Ms: null }

/** What is known of each namespace, from the read models of usage, balances, alerts and webhooks. */
export const alertWatchOf = (db: ReadDb): AlertWatchShape => ({
  signals: (now) =>
    Effect.tryPromise({
      try: () => signals(db, now),
      catch: (cause) => new AlertWatchUnavailable({ reason: cause instanceof Error ? cause.message : String(cause) }),
    }),
})

const signals = async (db: ReadDb, now: number): Promise<readonly NamespaceSignals[]> => {
  const hourAgo = now - HOUR_MS
  const dayBefore = hourAgo - TRAILING_HOURS * HOUR_MS
  const usage = (from: number, until: number, groupBy: readonly Dimension[]) =>
    usageQueries(db).page({ from, until, groupBy, bucket: "total", order: "oldest first", limit: MAX_ROWS, after: null }).then(({ rows }) => rows)
  const [window, hour, trailing, models, balances, lowBalances, open, broken] = await Promise.all([
    usage(now - WINDOW_MS, now, ["namespace"]).then(windows), usage(hourAgo, now, ["namespace"]).then(windows), usage(dayBefore, hourAgo, ["namespace"]).then(windows),
    usage(now - TRAILING_HOURS * HOUR_MS, now, ["namespace", "model"]),
    balanceQueries(db).all(), alertQueries(db).lowBalances(), alertQueries(db).open(), webhookQueries(db).broken(),
  ])
  const available = new Map(balances.map((balance) => [balance.namespaceId, balance.available]))
  const modelsOf = Map.groupBy(models, ({ by }) => by.namespace ?? "")
  const openOf = Map.groupBy(open, ({ namespaceId }) => namespaceId)
  const brokenOf = Map.groupBy(broken, ({ namespaceId }) => namespaceId)
  const all = new Set([...available.keys(), ...hour.keys(), ...trailing.keys(), ...openOf.keys(), ...brokenOf.keys()])
  return [...all].map((id) => ({
    namespaceId: NamespaceId.make(id),
    available: available.get(id) ?? null,
    lowBalance: lowBalances.has(id) ? (lowBalances.get(id) ?? null) : DEFAULT_LOW_BALANCE,
    window: window.get(id) ?? NOTHING, hour: hour.get(id) ?? NOTHING, trailing: trailing.get(id) ?? NOTHING,
    models: (modelsOf.get(id) ?? []).map(({ by }) => by.model ?? ""),
    disabledWebhooks: (brokenOf.get(id) ?? []).map(({ webhookId }) => webhookId),
    open: openOf.get(id) ?? [],
  }))
}

const windows = (rows: readonly UsageRow[]): ReadonlyMap<string, Window> =>
  new Map(rows.map(({ by, requests, failed, cancelled, duration }) => [by.namespace ?? "", { requests, failed, cancelled, p95Ms: duration.p95Ms }]))
