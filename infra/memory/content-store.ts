import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import { ContentMissing, type ContentProof, type ContentRef, type ContentStoreShape } from "#commands/ports/content-store.ts"
import { DEFAULT_RETENTION_DAYS, keptMs, retentionMs } from "#domain/policies/retention.ts"
import { contentDigest, DATA_KEY_BYTES, placeOf, seal, unseal } from "../crypto/seal.ts"

interface Item {
  readonly ref: ContentRef
  readonly sealed: Buffer
  readonly putAt: number
  readonly expiresAt: number
}

const placeOfRef = ({ namespaceId, jobId, field }: ContentRef): Buffer => placeOf("content", namespaceId, jobId, field)

/** Contents in a map, for unit tests; encrypted like the real ones, so that an erased key has the same consequences. */
export const memoryContentStore = (now: () => number = Date.now): ContentStoreShape => {
  const keys = new Map<string, Buffer>()
  const items = new Map<string, Item>()
  const retentions = new Map<string, number>()

  const keyOf = (namespaceId: string): Buffer => {
    const key = keys.get(namespaceId) ?? randomBytes(DATA_KEY_BYTES)
    keys.set(namespaceId, key)
    return key
  }
  const prove = ({ namespaceId }: ContentRef, body: string): ContentProof => {
    const bytes = Buffer.from(body)
    return { digest: contentDigest(keyOf(namespaceId), bytes), bytes: bytes.length }
  }
  const expiryOf = ({ namespaceId, field }: ContentRef, putAt: number): number =>
    putAt + keptMs(retentions.get(namespaceId) ?? retentionMs(DEFAULT_RETENTION_DAYS), field)

  const find = (ref: ContentRef): string | null => {
    const key = keys.get(ref.namespaceId)
    const item = items.get(placeOfRef(ref).toString())
    if (key === undefined || item === undefined || item.expiresAt <= now()) return null
    return unseal(key, placeOfRef(ref), item.sealed).toString("utf8")
  }
  const keep = (ref: ContentRef, body: string): ContentProof => {
    const place = placeOfRef(ref)
    const putAt = now()
    items.set(place.toString(), { ref, sealed: seal(keyOf(ref.namespaceId), place, Buffer.from(body)), putAt, expiresAt: expiryOf(ref, putAt) })
    return prove(ref, body)
  }
  const change = (namespaceId: string, changed: (item: Item) => Partial<Item>): void => {
    for (const [place, item] of items) if (item.ref.namespaceId === namespaceId) items.set(place, { ...item, ...changed(item) })
  }
  const drop = (isGone: (item: Item) => boolean): number => {
    const gone = [...items].filter(([, item]) => isGone(item))
    for (const [place] of gone) items.delete(place)
    return gone.length
  }
  const later = <Value>(work: () => Value): Effect.Effect<Value> => Effect.map(Effect.yieldNow, work)

  return {
    prove: (ref, body) => later(() => prove(ref, body)),
    put: (ref, body) => later(() => keep(ref, body)),
    get: (ref) =>
      Effect.flatMap(Effect.yieldNow, () => {
        const body = find(ref)
        return body === null ? Effect.fail(new ContentMissing({ ref })) : Effect.succeed(body)
      }),
    keepFor: (namespaceId, retention) =>
      later(() => {
        retentions.set(namespaceId, retention)
        change(namespaceId, ({ ref, putAt }) => ({ expiresAt: expiryOf(ref, putAt) }))
      }),
    retentions: later(() => new Map(retentions)),
    jobsBeyond: ({ namespaceId, until, limit }) =>
      later(() => {
        const beyond = [...items.values()].filter(({ ref, expiresAt }) => ref.namespaceId === namespaceId && expiresAt > until)
        return [...new Set(beyond.toSorted((a, b) => a.putAt - b.putAt).map(({ ref }) => ref.jobId))].slice(0, limit)
      }),
    expireJobs: ({ namespaceId, jobIds, at }) =>
      later(() => change(namespaceId, ({ ref, expiresAt }) => (jobIds.includes(ref.jobId) ? { expiresAt: Math.min(expiresAt, at) } : {}))),
    forget: (namespaceId, jobId) => later(() => void drop(({ ref }) => ref.namespaceId === namespaceId && ref.jobId === jobId)),
    purgeExpired: later(() => drop(({ expiresAt }) => expiresAt <= now())),
    erase: (namespaceId) =>
      later(() => {
        keys.delete(namespaceId)
        drop(({ ref }) => ref.namespaceId === namespaceId)
      }),
  }
}
