import { Binary, type Collection, MongoServerError } from "mongodb"
import type { WrappedKey } from "../crypto/data-keys.ts"
import { ridingOutRestarts } from "./connection-retry.ts"
import type { KeyDocument } from "./content-collections.ts"

const DUPLICATE_KEY = 11_000

export const bytesOf = (binary: Binary): Buffer => Buffer.from(binary.value())

/** The namespace's stored key, the given one when there was none. */
export const findOrMakeKey = async (keys: Collection<KeyDocument>, namespaceId: string, made: WrappedKey): Promise<WrappedKey> => {
  const stored = await ridingOutRestarts(() => findOrInsert(keys, namespaceId, made))
  return { id: stored.keyId, wrapped: bytesOf(stored.wrapped) }
}

const findOrInsert = async (keys: Collection<KeyDocument>, namespaceId: string, made: WrappedKey): Promise<KeyDocument> => {
  for (;;) {
    const known = await keys.findOne({ _id: namespaceId })
    if (known !== null) return known
    const key = { _id: namespaceId, keyId: made.id, wrapped: new Binary(made.wrapped), createdAt: new Date() }
    try {
      await keys.insertOne(key)
      return key
    } catch (cause) {
      // Another process was first: its key counts.
      if (!(cause instanceof MongoServerError) || cause.code !== DUPLICATE_KEY) throw cause
    }
  }
}
