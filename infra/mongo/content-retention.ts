import type { AnyBulkWriteOperation, Collection } from "mongodb"
import { keptMs } from "#domain/policies/retention.ts"
import { ridingOutRestarts } from "./connection-retry.ts"
import type { ItemDocument, RetentionDocument } from "./content-collections.ts"

interface Collections {
  readonly items: Collection<ItemDocument>
  readonly retentions: Collection<RetentionDocument>
}

/** What was put before contents said when. */
const OLD_RETENTION_MS = 30 * 24 * 60 * 60 * 1_000

const PUT_AT = { $ifNull: ["$putAt", { $subtract: ["$expiresAt", OLD_RETENTION_MS] }] }

/** As `keptMs`, for documents of any field. */
const keptFrom = (retentionMs: number): object =>
  retentionMs > 0
    ? { $add: [PUT_AT, retentionMs] }
    : { $add: [PUT_AT, { $cond: [{ $eq: ["$field", "answer"] }, keptMs(0, "answer"), keptMs(0, "request")] }] }

/** What changes the time of contents that are there. */
export const mongoRetention = ({ items, retentions }: Collections) => ({
  /** The word first and what is there then: a put that reads the old word writes where this finds it, or reads again and sees the new one. */
  keepFor: async (namespaceId: string, retentionMs: number): Promise<void> => {
    await ridingOutRestarts(() => retentions.replaceOne({ _id: namespaceId }, { retentionMs }, { upsert: true }))
    await ridingOutRestarts(() => items.updateMany({ namespaceId }, [{ $set: { expiresAt: keptFrom(retentionMs) } }]))
  },
  retentions: async (): Promise<ReadonlyMap<string, number>> => {
    const all = await ridingOutRestarts(() => retentions.find().toArray())
    return new Map(all.map(({ _id, retentionMs }) => [_id, retentionMs]))
  },
  jobsBeyond: async (namespaceId: string, until: number, limit: number): Promise<readonly string[]> => {
    const beyond = { namespaceId, expiresAt: { $gt: new Date(until) } }
    const found = await ridingOutRestarts(() => items.find(beyond, { projection: { _id: 1 } }).limit(limit).toArray())
    return [...new Set(found.map(({ _id }) => jobOf(_id)))]
  },
  expireJobs: async (namespaceId: string, jobIds: readonly string[], at: number): Promise<void> => {
    const filter = { namespaceId, jobId: { $in: [...jobIds] }, expiresAt: { $gt: new Date(at) } }
    await ridingOutRestarts(() => items.updateMany(filter, { $set: { expiresAt: new Date(at) } }))
  },
  forget: async (namespaceId: string, jobId: string): Promise<void> => {
    // By name: what was put before contents said their job has no other way.
    const start = `${JSON.stringify([namespaceId, jobId]).slice(0, -1)},`
    await ridingOutRestarts(() => items.deleteMany({ _id: { $gte: start, $lt: `${start}\uffff` } }))
  },
  purge: async (now: number): Promise<number> => {
    const { deletedCount } = await ridingOutRestarts(() => items.deleteMany({ expiresAt: { $lte: new Date(now) } }))
    return deletedCount
  },
})

/** The place of a content is its name. */
const jobOf = (itemId: string): string => String(JSON.parse(itemId)[1])

/** Retentions as this process knows them; each write looks whether they are still so. */
export class KnownRetentions {
  readonly #known = new Map<string, number>()
  readonly #collections: Collections
  readonly #defaultMs: number

  constructor(collections: Collections, defaultMs: number) {
    this.#collections = collections
    this.#defaultMs = defaultMs
  }

  expiryOf({ namespaceId, field, putAt }: { readonly namespaceId: string; readonly field: string; readonly putAt: number }): Date {
    return new Date(putAt + keptMs(this.#known.get(namespaceId) ?? this.#defaultMs, field))
  }

  /** Where the word has changed, what was just written is corrected. */
  async check(namespaceIds: readonly string[], correct: (changed: ReadonlySet<string>) => AnyBulkWriteOperation<ItemDocument>[]): Promise<void> {
    const { retentions, items } = this.#collections
    const found = await ridingOutRestarts(() => retentions.find({ _id: { $in: [...namespaceIds] } }).toArray())
    const said = new Map(found.map(({ _id, retentionMs }) => [_id, retentionMs]))
    const changed = new Set(namespaceIds.filter((id) => (said.get(id) ?? this.#defaultMs) !== (this.#known.get(id) ?? this.#defaultMs)))
    if (changed.size === 0) return
    for (const id of changed) this.#known.set(id, said.get(id) ?? this.#defaultMs)
    await ridingOutRestarts(() => items.bulkWrite(correct(changed), { ordered: false }))
  }
}
