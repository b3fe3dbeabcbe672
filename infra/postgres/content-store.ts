import { Effect } from "effect"
import type pg from "pg"
import {
  ContentMissing,
  type ContentProof,
  type ContentRef,
  type ContentStoreShape,
  ContentStoreUnavailable,
} from "#commands/ports/content-store.ts"
import { DEFAULT_RETENTION_DAYS, retentionMs } from "#domain/policies/retention.ts"
import { DataKeys } from "../crypto/data-keys.ts"
import { contentDigest, placeOf, seal, unseal } from "../crypto/seal.ts"
import { BatchWriter } from "../group-commit/batch-writer.ts"
import { reasonOf, ridingOutRestarts } from "./connection-retry.ts"
import { contentBatchLimits, type SealedItem, writeItems } from "./content-items.ts"
import { postgresRetention } from "./content-retention.ts"
import { findOrMakeKey } from "./data-keys.ts"

export const DEFAULT_RETENTION_MS = retentionMs(DEFAULT_RETENTION_DAYS)
/** A namespace erased again and again while something is put into it. */
const MAX_KEY_TRIES = 5

export interface ContentStoreOptions {
  /** 32 bytes. */
  readonly rootKey: Buffer
  /** Of a namespace that said nothing. */
  readonly retentionMs: number
  readonly now: () => number
}

const GET = `select i.sealed, k.key_id, k.wrapped from content.items i join content.data_keys k using (namespace_id, key_id)
  where i.namespace_id = $1 and i.job_id = $2 and i.field = $3 and i.expires_at > $4`

const unavailable = (cause: unknown) => new ContentStoreUnavailable({ reason: reasonOf(cause) })

const asError = (failed: unknown): Error => (failed instanceof Error ? failed : new Error(String(failed)))

const placeOfRef = ({ namespaceId, jobId, field }: ContentRef): Buffer => placeOf("content", namespaceId, jobId, field)

/** Contents in Postgres, encrypted, with group commit: a put is on the way to the first token. */
export const postgresContentStore = (pool: pg.Pool, { rootKey, retentionMs: defaultMs, now }: ContentStoreOptions): ContentStoreShape => {
  const keys = new DataKeys(rootKey, (namespaceId, made) => findOrMakeKey(pool, namespaceId, made))
  const writer = new BatchWriter<SealedItem, boolean>(contentBatchLimits, (items) => writeItems(pool, items, defaultMs))

  const prove = async ({ namespaceId }: ContentRef, body: string): Promise<ContentProof> => {
    const { key } = await keys.of(namespaceId)
    const bytes = Buffer.from(body)
    return { digest: contentDigest(key, bytes), bytes: bytes.length }
  }

  const put = async (ref: ContentRef, body: string): Promise<ContentProof> => {
    const bytes = Buffer.from(body)
    for (let tries = 1; tries <= MAX_KEY_TRIES; tries++) {
      const { id, key } = await keys.of(ref.namespaceId)
      const item = { ref, keyId: id, sealed: seal(key, placeOfRef(ref), bytes), putAt: now() }
      const kept = await new Promise<boolean>((resolve, reject) =>
        writer.submit(item, (written) => ("failed" in written ? reject(asError(written.failed)) : resolve(written.done))),
      )
      if (kept) return { digest: contentDigest(key, bytes), bytes: bytes.length }
      // Erased by another process: that key must not be used again.
      keys.forget(ref.namespaceId)
    }
    throw new Error("the namespace is being erased")
  }

  const get = async (ref: ContentRef): Promise<string | null> => {
    const values = [ref.namespaceId, ref.jobId, ref.field, now()]
    const { rows } = await ridingOutRestarts(() =>
      pool.query<{ readonly sealed: Buffer; readonly key_id: string; readonly wrapped: Buffer }>({ name: "content-get", text: GET, values }),
    )
    const row = rows[0]
    if (row === undefined) return null
    const key = keys.unwrap(ref.namespaceId, { id: row.key_id, wrapped: row.wrapped })
    return unseal(key, placeOfRef(ref), row.sealed).toString("utf8")
  }

  const erase = async (namespaceId: string): Promise<void> => {
    keys.forget(namespaceId)
    await ridingOutRestarts(() =>
      pool.query(
        `with gone as (delete from content.data_keys where namespace_id = $1) delete from content.items where namespace_id = $1`,
        [namespaceId],
      ),
    )
    // A load that began before the deletion may have come back meanwhile.
    keys.forget(namespaceId)
  }

  const retention = postgresRetention(pool)
  const tried = <Value>(work: () => Promise<Value>) => Effect.tryPromise({ try: work, catch: unavailable })
  return {
    prove: (ref, body) => tried(() => prove(ref, body)),
    put: (ref, body) => tried(() => put(ref, body)),
    get: (ref) =>
      Effect.flatMap(tried(() => get(ref)), (body) => (body === null ? Effect.fail(new ContentMissing({ ref })) : Effect.succeed(body))),
    erase: (namespaceId) => tried(() => erase(namespaceId)),
    keepFor: (namespaceId, retentionMs) => tried(() => retention.keepFor(namespaceId, retentionMs)),
    retentions: tried(() => retention.retentions()),
    jobsBeyond: ({ namespaceId, until, limit }) => tried(() => retention.jobsBeyond(namespaceId, until, limit)),
    expireJobs: ({ namespaceId, jobIds, at }) => tried(() => retention.expireJobs(namespaceId, jobIds, at)),
    forget: (namespaceId, jobId) => tried(() => retention.forget(namespaceId, jobId)),
    purgeExpired: tried(() => retention.purge(now())),
  }
}
