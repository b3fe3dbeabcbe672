import { GatewayId, NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"
import type { RequestTables } from "./table.ts"

/** What a person calls the stage that a request is in. */
const STATUSES = {
  queued: { stage: "waiting", outcome: null },
  in_progress: { stage: "running", outcome: null },
  completed: { stage: "finished", outcome: "completed" },
  failed: { stage: "finished", outcome: "failed" },
  cancelled: { stage: "cancelled", outcome: null },
  expired: { stage: "expired", outcome: null },
} as const
export type RequestStatusName = keyof typeof STATUSES
export const REQUEST_STATUSES: readonly RequestStatusName[] = ["queued", "in_progress", "completed", "failed", "cancelled", "expired"]

export interface RequestView {
  readonly requestId: string
  readonly namespaceId: string
  readonly keyId: string
  readonly status: RequestStatusName
  readonly endpoint: string
  readonly mode: string
  readonly priority: string
  readonly model: string | null
  readonly generation: number
  readonly gatewayId: string | null
  readonly jobIds: readonly string[]
  readonly responseStatus: number | null
  readonly acceptedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly expiresAt: number
}

export interface RequestsQuery {
  /** Null: of all. */
  readonly namespaceId: string | null
  readonly status: RequestStatusName | null
  /** The last one of the page before. */
  readonly after: string | null
  readonly limit: number
}

export interface OpenRequestView {
  readonly requestId: RequestId
  readonly namespaceId: NamespaceId
  readonly gatewayId: GatewayId | null
  readonly generation: number
  readonly isAttached: boolean
  readonly acceptedAt: number
  readonly expiresAt: number
}

export const requestQueries = (db: ReadDb) => ({
  find: async (requestId: string): Promise<RequestView | null> => {
    const row = await db.selectFrom("requests").selectAll().where("request_id", "=", requestId).executeTakeFirst()
    return row === undefined ? null : view(row)
  },
  /** Newest first. */
  list: async ({ namespaceId, status, after, limit }: RequestsQuery): Promise<readonly RequestView[]> => {
    let rows = db.selectFrom("requests").selectAll().where("stage", "!=", "dropped").orderBy("position", "desc").limit(limit)
    if (namespaceId !== null) rows = rows.where("namespace_id", "=", namespaceId)
    if (status !== null) rows = rows.where("stage", "=", STATUSES[status].stage)
    const outcome = status === null ? null : STATUSES[status].outcome
    if (outcome !== null) rows = rows.where("outcome", "=", outcome)
    if (after !== null) {
      rows = rows.where("position", "<", (on) => on.selectFrom("requests").select("position").where("request_id", "=", after))
    }
    return (await rows.execute()).map(view)
  },
  /** Without an end, oldest first. */
  open: async (limit: number): Promise<readonly OpenRequestView[]> => {
    const open = db.selectFrom("requests").selectAll().where("stage", "in", ["waiting", "running"])
    const rows = await open.orderBy("accepted_at").orderBy("request_id").limit(limit).execute()
    return rows.map((row) => ({
      requestId: RequestId.make(row.request_id),
      namespaceId: NamespaceId.make(row.namespace_id),
      gatewayId: row.gateway_id === null ? null : GatewayId.make(row.gateway_id),
      generation: Number(row.generation),
      isAttached: row.mode === "attached",
      acceptedAt: Number(row.accepted_at),
      expiresAt: Number(row.expires_at),
    }))
  },
})

const orNull = (value: bigint | null): number | null => (value === null ? null : Number(value))

const view = (row: RequestTables["requests"]): RequestView => ({
  requestId: row.request_id,
  namespaceId: row.namespace_id,
  keyId: row.key_id,
  status: statusOf(row),
  endpoint: row.endpoint,
  mode: row.mode,
  priority: row.priority,
  model: row.model,
  generation: Number(row.generation),
  gatewayId: row.gateway_id,
  jobIds: Array.isArray(row.job_ids) ? row.job_ids.map(String) : [],
  responseStatus: orNull(row.status),
  acceptedAt: Number(row.accepted_at),
  startedAt: orNull(row.started_at),
  endedAt: orNull(row.ended_at),
  expiresAt: Number(row.expires_at),
})

const statusOf = ({ request_id, stage, outcome }: RequestTables["requests"]): RequestStatusName => {
  if (stage === "waiting") return "queued"
  if (stage === "running") return "in_progress"
  if (stage === "dropped") return "failed"
  if (stage === "finished") return outcome === "completed" ? "completed" : "failed"
  if (stage === "cancelled" || stage === "expired") return stage
  throw new Error(`request ${request_id} is in unknown stage ${stage}`)
}
