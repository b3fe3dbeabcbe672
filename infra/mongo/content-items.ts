import { type Collection, Binary } from "mongodb"
import type { ContentRef } from "#commands/ports/content-store.ts"
import type { BatchLimits, Written } from "../group-commit/batch-writer.ts"
import { ridingOutRestarts } from "./connection-retry.ts"
import type { ItemDocument, KeyDocument } from "./content-collections.ts"
import type { KnownRetentions } from "./content-retention.ts"

export interface SealedItem {
  readonly ref: ContentRef
  readonly keyId: string
  readonly sealed: Buffer
  readonly putAt: number
}

export const itemId = ({ namespaceId, jobId, field }: ContentRef): string => JSON.stringify([namespaceId, jobId, field])

export const contentBatchLimits: BatchLimits<SealedItem> = {
  maxItems: 256,
  /** Bytes. */
  maxWeight: 8 * 1024 * 1024,
  maxWaiting: 20_000,
  weigh: ({ sealed }) => sealed.length,
  keyOf: ({ ref }) => itemId(ref),
}

interface Collections {
  readonly keys: Collection<KeyDocument>
  readonly items: Collection<ItemDocument>
  readonly retentions: KnownRetentions
}

/**
 * Writes all in one message, then looks whether their keys are still there; `false` for an item whose key had been erased. In this
 * order an erasure is either seen here or sees the item: it destroys the key first and the key's items then.
 */
export const writeItems = async ({ keys, items, retentions }: Collections, batch: readonly SealedItem[]): Promise<readonly Written<boolean>[]> => {
  const expiryOf = ({ ref: { namespaceId, field }, putAt }: SealedItem): Date => retentions.expiryOf({ namespaceId, field, putAt })
  const writes = batch.map((item) => {
    const { namespaceId, jobId, field } = item.ref
    const { keyId, sealed, putAt } = item
    const replacement = { namespaceId, jobId, field, keyId, sealed: new Binary(sealed), putAt: new Date(putAt), expiresAt: expiryOf(item) }
    return { replaceOne: { filter: { _id: itemId(item.ref) }, replacement, upsert: true } }
  })
  await ridingOutRestarts(() => items.bulkWrite(writes, { ordered: false }))
  const namespaces = [...new Set(batch.map(({ ref }) => ref.namespaceId))]
  const correctedOf = (changed: ReadonlySet<string>) =>
    batch
      .filter(({ ref }) => changed.has(ref.namespaceId))
      .map((item) => ({ updateOne: { filter: { _id: itemId(item.ref) }, update: { $set: { expiresAt: expiryOf(item) } } } }))
  const [found] = await Promise.all([
    ridingOutRestarts(() => keys.find({ _id: { $in: namespaces } }, { projection: { keyId: 1 } }).toArray()),
    retentions.check(namespaces, correctedOf),
  ])
  const current = new Map(found.map(({ _id, keyId }) => [_id, keyId]))
  return batch.map(({ ref, keyId }) => ({ done: current.get(ref.namespaceId) === keyId }))
}
