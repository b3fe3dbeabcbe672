import type pg from "pg"
import type { ContentRef } from "#commands/ports/content-store.ts"
import type { BatchLimits, Written } from "../group-commit/batch-writer.ts"
import { ridingOutRestarts } from "./connection-retry.ts"
import { EXPIRY, NOT_KEPT_MS } from "./content-retention.ts"

export interface SealedItem {
  readonly ref: ContentRef
  readonly keyId: string
  readonly sealed: Buffer
  readonly putAt: number
}

interface PlaceRow {
  readonly namespace_id: string
  readonly job_id: string
  readonly field: string
}

const WRITE_TIMEOUT_MS = 15_000

export const contentBatchLimits: BatchLimits<SealedItem> = {
  maxItems: 256,
  /** Bytes. */
  maxWeight: 8 * 1024 * 1024,
  maxWaiting: 20_000,
  weigh: ({ sealed }) => sealed.length,
  keyOf: ({ ref }) => JSON.stringify([ref.namespaceId, ref.jobId, ref.field]),
}

/** An item whose key is gone is left out: nobody could ever read it. */
const WRITE = `insert into content.items (namespace_id, job_id, field, key_id, sealed, put_at, expires_at)
  select i.namespace_id, i.job_id, i.field, i.key_id, i.sealed, i.put_at,
    ${EXPIRY("coalesce(r.retention_ms, $7::bigint)", "i.field", "i.put_at", ["$8::bigint", "$9::bigint"])}
  from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::bytea[], $6::bigint[])
    as i (namespace_id, job_id, field, key_id, sealed, put_at)
  left join content.retention r using (namespace_id)
  where exists (select from content.data_keys k where k.namespace_id = i.namespace_id and k.key_id = i.key_id)
  on conflict (namespace_id, job_id, field)
    do update set key_id = excluded.key_id, sealed = excluded.sealed, put_at = excluded.put_at, expires_at = excluded.expires_at
  returning namespace_id, job_id, field`

/** One insert for all, kept for `defaultMs` where their namespace said nothing; `false` for an item whose key had been erased. */
export const writeItems = async (pool: pg.Pool, items: readonly SealedItem[], defaultMs: number): Promise<readonly Written<boolean>[]> => {
  const values = [
    items.map(({ ref }) => ref.namespaceId),
    items.map(({ ref }) => ref.jobId),
    items.map(({ ref }) => ref.field),
    items.map(({ keyId }) => keyId),
    items.map(({ sealed }) => sealed),
    items.map(({ putAt }) => putAt),
    defaultMs,
    ...NOT_KEPT_MS,
  ]
  const query = { name: "content-put", text: WRITE, values, query_timeout: WRITE_TIMEOUT_MS }
  const { rows } = await ridingOutRestarts(() => pool.query<PlaceRow>(query))
  const written = new Set(rows.map((row) => JSON.stringify([row.namespace_id, row.job_id, row.field])))
  return items.map((item) => ({ done: written.has(contentBatchLimits.keyOf(item)) }))
}
