import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import { ContentMissing, type ContentProof, type ContentRef, type ContentStoreShape } from "#commands/ports/content-store.ts"
import { contentDigest, DATA_KEY_BYTES, placeOf, seal, unseal } from "../crypto/seal.ts"

/** Contents in a map, for unit tests; encrypted like the real ones, so that an erased key has the same consequences. */
export const memoryContentStore = (): ContentStoreShape => {
  const keys = new Map<string, Buffer>()
  const items = new Map<string, Buffer>()

  const keyOf = (namespaceId: string): Buffer => {
    const key = keys.get(namespaceId) ?? randomBytes(DATA_KEY_BYTES)
    keys.set(namespaceId, key)
    return key
  }
  const placeOfRef = ({ namespaceId, jobId, field }: ContentRef): Buffer => placeOf("content", namespaceId, jobId, field)

  const prove = ({ namespaceId }: ContentRef, body: string): ContentProof => {
    const bytes = Buffer.from(body)
    return { digest: contentDigest(keyOf(namespaceId), bytes), bytes: bytes.length }
  }

  const find = (ref: ContentRef): string | null => {
    const key = keys.get(ref.namespaceId)
    const sealed = items.get(placeOfRef(ref).toString())
    return key === undefined || sealed === undefined ? null : unseal(key, placeOfRef(ref), sealed).toString("utf8")
  }

  return {
    prove: (ref, body) => Effect.map(Effect.yieldNow, () => prove(ref, body)),
    put: (ref, body) =>
      Effect.map(Effect.yieldNow, () => {
        const place = placeOfRef(ref)
        items.set(place.toString(), seal(keyOf(ref.namespaceId), place, Buffer.from(body)))
        return prove(ref, body)
      }),
    get: (ref) =>
      Effect.flatMap(Effect.yieldNow, () => {
        const body = find(ref)
        return body === null ? Effect.fail(new ContentMissing({ ref })) : Effect.succeed(body)
      }),
    erase: (namespaceId) =>
      Effect.map(Effect.yieldNow, () => {
        keys.delete(namespaceId)
        const prefix = placeOf("content", namespaceId).toString().slice(0, -1)
        for (const place of items.keys()) if (place.startsWith(`${prefix},`)) items.delete(place)
      }),
  }
}
