import type pg from "pg"
import { keptMs } from "#domain/policies/retention.ts"
import { ridingOutRestarts } from "./connection-retry.ts"

/** Rows of one deletion: a long one would hold up who puts. */
const PURGED_ROWS = 1_000

/** When a content goes that is put at `put_at`: `$default` where the namespace said nothing. Its last two parameters are what `keptMs` says for 0. */
export const EXPIRY = (retention: string, field: string, putAt: string, [answer, rest]: readonly [string, string]): string =>
  `${putAt} + case when ${retention} > 0 then ${retention} when ${field} = 'answer' then ${answer} else ${rest} end`

export const NOT_KEPT_MS = [keptMs(0, "answer"), keptMs(0, "request")] as const

const KEEP = `insert into content.retention (namespace_id, retention_ms) values ($1, $2)
  on conflict (namespace_id) do update set retention_ms = excluded.retention_ms`

const APPLY = `update content.items set expires_at = ${EXPIRY("$2::bigint", "field", "put_at", ["$3::bigint", "$4::bigint"])}
  where namespace_id = $1`

const BEYOND = `select job_id from content.items where namespace_id = $1 and expires_at > $2
  group by job_id order by min(put_at) limit $3`

/** What changes the time of contents that are there. */
export const postgresRetention = (pool: pg.Pool) => {
  const query = (text: string, values: readonly unknown[]) => ridingOutRestarts(() => pool.query(text, [...values]))
  return {
    keepFor: async (namespaceId: string, retentionMs: number): Promise<void> => {
      await query(KEEP, [namespaceId, retentionMs])
      await query(APPLY, [namespaceId, retentionMs, ...NOT_KEPT_MS])
    },
    retentions: async (): Promise<ReadonlyMap<string, number>> => {
      const all = "select namespace_id, retention_ms from content.retention"
      const { rows } = await ridingOutRestarts(() => pool.query<{ readonly namespace_id: string; readonly retention_ms: bigint | string }>(all))
      return new Map(rows.map((row) => [row.namespace_id, Number(row.retention_ms)]))
    },
    jobsBeyond: async (namespaceId: string, until: number, limit: number): Promise<readonly string[]> => {
      const { rows } = await ridingOutRestarts(() => pool.query<{ readonly job_id: string }>(BEYOND, [namespaceId, until, limit]))
      return rows.map((row) => row.job_id)
    },
    expireJobs: async (namespaceId: string, jobIds: readonly string[], at: number): Promise<void> => {
      await query("update content.items set expires_at = $3 where namespace_id = $1 and job_id = any($2) and expires_at > $3", [namespaceId, jobIds, at])
    },
    forget: async (namespaceId: string, jobId: string): Promise<void> => {
      await query("delete from content.items where namespace_id = $1 and job_id = $2", [namespaceId, jobId])
    },
    purge: async (now: number): Promise<number> => {
      const expired = "select ctid from content.items where expires_at <= $1 order by expires_at limit $2 for update skip locked"
      const { rowCount } = await query(`delete from content.items where ctid = any(array(${expired}))`, [now, PURGED_ROWS])
      return rowCount ?? 0
    },
  }
}
