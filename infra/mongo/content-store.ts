import { Effect } from "effect"
import {
  ContentMissing,
  type ContentProof,
  type ContentRef,
  type ContentStoreShape,
  ContentStoreUnavailable,
} from "#commands/ports/content-store.ts"
import { DataKeys } from "../crypto/data-keys.ts"
import { contentDigest, placeOf, seal, unseal } from "../crypto/seal.ts"
import { BatchWriter } from "../group-commit/batch-writer.ts"
import { prepareCollections } from "./collections.ts"
import { type MongoLink, reasonOf } from "./connect.ts"
import { ridingOutRestarts } from "./connection-retry.ts"
import { contentCollections, type ItemDocument, ITEMS, type KeyDocument, KEYS, RETENTION, type RetentionDocument } from "./content-collections.ts"
import { contentBatchLimits, itemId, type SealedItem, writeItems } from "./content-items.ts"
import { KnownRetentions, mongoRetention } from "./content-retention.ts"
import { bytesOf, findOrMakeKey } from "./data-keys.ts"

/** A namespace erased again and again while something is put into it. */
const MAX_KEY_TRIES = 5
/** A document of MongoDB holds 16 MiB at most, names and lengths included. */
const MAX_BODY_BYTES = 15 * 1024 * 1024

export interface MongoContentOptions {
  /** 32 bytes. */
  readonly rootKey: Buffer
  /** Of a namespace that said nothing. */
  readonly retentionMs: number
  readonly now: () => number
}

const unavailable = (cause: unknown) => new ContentStoreUnavailable({ reason: reasonOf(cause) })

const asError = (failed: unknown): Error => (failed instanceof Error ? failed : new Error(String(failed)))

const placeOfRef = ({ namespaceId, jobId, field }: ContentRef): Buffer => placeOf("content", namespaceId, jobId, field)

/** Contents in MongoDB, encrypted, with group commit: a put is on the way to the first token. Makes its collections first. */
export const mongoContentStore = async (link: MongoLink, { rootKey, retentionMs, now }: MongoContentOptions): Promise<ContentStoreShape> => {
  const { db } = link
  await prepareCollections(link, contentCollections)
  const stored = { items: db.collection<ItemDocument>(ITEMS), retentions: db.collection<RetentionDocument>(RETENTION) }
  const collections = { keys: db.collection<KeyDocument>(KEYS), items: stored.items, retentions: new KnownRetentions(stored, retentionMs) }
  const keys = new DataKeys(rootKey, (namespaceId, made) => findOrMakeKey(collections.keys, namespaceId, made))
  const writer = new BatchWriter<SealedItem, boolean>(contentBatchLimits, (items) => writeItems(collections, items))

  const prove = async ({ namespaceId }: ContentRef, body: string): Promise<ContentProof> => {
    const { key } = await keys.of(namespaceId)
    const bytes = Buffer.from(body)
    return { digest: contentDigest(key, bytes), bytes: bytes.length }
  }

  const put = async (ref: ContentRef, body: string): Promise<ContentProof> => {
    const bytes = Buffer.from(body)
    if (bytes.length > MAX_BODY_BYTES) throw new Error(`${bytes.length} bytes are more than a document holds`)
    for (let tries = 1; tries <= MAX_KEY_TRIES; tries++) {
      const { id, key } = await keys.of(ref.namespaceId)
      const item = { ref, keyId: id, sealed: seal(key, placeOfRef(ref), bytes), putAt: now() }
      const kept = await new Promise<boolean>((resolve, reject) =>
        writer.submit(item, (written) => ("failed" in written ? reject(asError(written.failed)) : resolve(written.done))),
      )
      if (kept) return { digest: contentDigest(key, bytes), bytes: bytes.length }
      // Erased by another process: that key must not be used again. What was written under it nobody can read, and it expires.
      keys.forget(ref.namespaceId)
    }
    throw new Error("the namespace is being erased")
  }

  const get = async (ref: ContentRef): Promise<string | null> => {
    const { namespaceId } = ref
    const reading = Promise.all([collections.items.findOne({ _id: itemId(ref) }), collections.keys.findOne({ _id: namespaceId })])
    const [item, key] = await reading
    if (item === null || key === null || item.keyId !== key.keyId || item.expiresAt.getTime() <= now()) return null
    const dataKey = keys.unwrap(namespaceId, { id: key.keyId, wrapped: bytesOf(key.wrapped) })
    return unseal(dataKey, placeOfRef(ref), bytesOf(item.sealed)).toString("utf8")
  }

  const erase = async (namespaceId: string): Promise<void> => {
    keys.forget(namespaceId)
    const key = await collections.keys.findOneAndDelete({ _id: namespaceId })
    // A load that began before the deletion may have come back meanwhile.
    keys.forget(namespaceId)
    // Not those of a key that was made since. A repetition finds no key and leaves the unreadable rest to its expiry.
    if (key !== null) await ridingOutRestarts(() => collections.items.deleteMany({ namespaceId, keyId: key.keyId }))
  }

  const retention = mongoRetention(stored)
  const tried = <Value>(work: () => Promise<Value>) => Effect.tryPromise({ try: work, catch: unavailable })
  return {
    prove: (ref, body) => tried(() => prove(ref, body)),
    put: (ref, body) => tried(() => put(ref, body)),
    get: (ref) =>
      Effect.flatMap(tried(() => ridingOutRestarts(() => get(ref))), (body) =>
        body === null ? Effect.fail(new ContentMissing({ ref })) : Effect.succeed(body),
      ),
    erase: (namespaceId) => tried(() => ridingOutRestarts(() => erase(namespaceId))),
    keepFor: (namespaceId, kept) => tried(() => retention.keepFor(namespaceId, kept)),
    retentions: tried(() => retention.retentions()),
    jobsBeyond: ({ namespaceId, until, limit }) => tried(() => retention.jobsBeyond(namespaceId, until, limit)),
    expireJobs: ({ namespaceId, jobIds, at }) => tried(() => retention.expireJobs(namespaceId, jobIds, at)),
    forget: (namespaceId, jobId) => tried(() => retention.forget(namespaceId, jobId)),
    purgeExpired: tried(() => retention.purge(now())),
  }
}
