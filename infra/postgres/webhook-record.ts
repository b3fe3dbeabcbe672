import type pg from "pg"
import type { AttemptView, DeliveryView, WebhookRecord } from "#gateways/ports/webhook-record.ts"

interface DeliveryRow {
  readonly delivery_id: string
  readonly type: string
  readonly job_id: string | null
  readonly state: DeliveryView["state"]
  readonly attempts: number
  readonly happened_at: string
  readonly made_at: string
  readonly next_at: string
  readonly ended_at: string | null
}

interface AttemptRow {
  readonly attempt: number
  readonly at: string
  readonly duration_ms: number
  readonly status: number | null
  readonly problem: string | null
}

const deliveryView = (row: DeliveryRow): DeliveryView => ({
  deliveryId: row.delivery_id,
  type: row.type,
  jobId: row.job_id,
  state: row.state,
  attempts: row.attempts,
  happenedAt: Number(row.happened_at),
  madeAt: Number(row.made_at),
  nextAt: row.state === "pending" ? Number(row.next_at) : null,
  endedAt: row.ended_at === null ? null : Number(row.ended_at),
})

const attemptView = ({ attempt, at, duration_ms: durationMs, status, problem }: AttemptRow): AttemptView => ({ attempt, at: Number(at), durationMs, status, problem })

const LIST = `select * from webhooks.deliveries where webhook_id = $1 and ($2::text is null or state = $2)
  and ($3::text is null or (made_at, delivery_id) < (select made_at, delivery_id from webhooks.deliveries where delivery_id = $3))
  order by made_at desc, delivery_id desc limit $4`

export const postgresWebhookRecord = (pool: pg.Pool): WebhookRecord => ({
  list: async ({ webhookId, state, after, limit }) => (await pool.query<DeliveryRow>(LIST, [webhookId, state, after, limit])).rows.map(deliveryView),
  find: async (webhookId, deliveryId) => {
    const one = await pool.query<DeliveryRow>("select * from webhooks.deliveries where webhook_id = $1 and delivery_id = $2", [webhookId, deliveryId])
    const [row] = one.rows
    if (row === undefined) return null
    const attempts = await pool.query<AttemptRow>("select * from webhooks.attempts where delivery_id = $1 order by attempt", [deliveryId])
    return { ...deliveryView(row), history: attempts.rows.map(attemptView) }
  },
})
