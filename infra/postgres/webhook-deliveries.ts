import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import type pg from "pg"
import { type DueDelivery, type WebhookDeliveriesShape, WebhookDeliveriesUnavailable } from "#commands/ports/webhook-deliveries.ts"
import { NamespaceId, WebhookId } from "#domain/kernel/ids.ts"
import { reasonOf, ridingOutRestarts } from "./connection-retry.ts"
import { CLAIM, FAILING, MAKE, PURGE, RECORD, REPLAY, REPLAY_TIME, TEST } from "./webhook-statements.ts"

const PURGED_ROWS = 1_000

interface DueRow {
  readonly delivery_id: string
  readonly webhook_id: string
  readonly namespace_id: string
  readonly type: string
  readonly job_id: string | null
  readonly data: Readonly<Record<string, unknown>>
  readonly happened_at: string
  readonly asked_at: string
  readonly tries: number
  readonly url_version: string
  readonly secret_version: string
  readonly overlap_until: string
  readonly include_content: string
}

const dueDelivery = (row: DueRow): DueDelivery => ({
  deliveryId: row.delivery_id,
  webhookId: WebhookId.make(row.webhook_id),
  namespaceId: NamespaceId.make(row.namespace_id),
  type: row.type,
  jobId: row.job_id,
  data: row.data,
  happenedAt: Number(row.happened_at),
  askedAt: Number(row.asked_at),
  tries: row.tries,
  urlVersion: Number(row.url_version),
  secretVersion: Number(row.secret_version),
  overlapUntil: Number(row.overlap_until),
  includeContent: Number(row.include_content) === 1,
})

/** The queue of messages, beside the read models that it is filled from: both are in the same database. */
export const postgresWebhookDeliveries = (pool: pg.Pool): WebhookDeliveriesShape => {
  const query = async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]) =>
    ridingOutRestarts(() => pool.query<Row>(text, [...values]))
  const tried = <Value>(work: () => Promise<Value>) =>
    Effect.tryPromise({ try: work, catch: (cause) => new WebhookDeliveriesUnavailable({ reason: reasonOf(cause) }) })
  return {
    make: (limit) =>
      tried(async () => {
        const { rows } = await query<{ readonly events: string }>(MAKE, [limit, Date.now()])
        return Number(rows[0]?.events ?? 0)
      }),
    claim: ({ now, until, limit, perWebhook, sending }) =>
      tried(async () => {
        const { rows } = await query<DueRow>(CLAIM, [now, until, limit, perWebhook, [...sending.keys()], [...sending.values()]])
        return rows.map(dueDelivery)
      }),
    record: ({ deliveryId, webhookId, at, durationMs, status, problem, nextAt }) =>
      tried(async () => {
        await query(RECORD, [deliveryId, at, durationMs, status, problem, nextAt])
        if (problem === null) {
          await query("delete from webhooks.failing where webhook_id = $1", [webhookId])
          return null
        }
        const { rows } = await query<{ readonly since: string }>(FAILING, [webhookId, at])
        return Number(rows[0]?.since ?? at)
      }),
    test: ({ webhookId, namespaceId, now }) =>
      tried(async () => {
        const deliveryId = `msg_${randomUUID()}`
        await query(TEST, [deliveryId, webhookId, namespaceId, { webhook_id: webhookId, namespace: namespaceId }, now])
        return deliveryId
      }),
    replay: ({ webhookId, deliveryId, now }) => tried(async () => (await query(REPLAY, [webhookId, deliveryId, now])).rowCount === 1),
    replayTime: ({ webhookId, from, until, limit, now }) =>
      tried(async () => (await query(REPLAY_TIME, [webhookId, from, until, limit, now])).rowCount ?? 0),
    purge: (madeBefore) => tried(async () => (await query(PURGE, [madeBefore, PURGED_ROWS])).rowCount ?? 0),
  }
}
