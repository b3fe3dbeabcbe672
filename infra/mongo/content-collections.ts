import type { Binary } from "mongodb"
import type { CollectionDefinition } from "./collections.ts"

/** A namespace's data key, wrapped by the root key. Deleting it makes all of the namespace's content unreadable for ever. */
export interface KeyDocument {
  /** The namespace. */
  readonly _id: string
  readonly keyId: string
  readonly wrapped: Binary
  readonly createdAt: Date
}

export interface ItemDocument {
  /** Namespace, job and field as JSON: one item per name without a unique index beside the primary one. */
  readonly _id: string
  readonly namespaceId: string
  readonly keyId: string
  /** Nonce, ciphertext, tag. */
  readonly sealed: Binary
  readonly expiresAt: Date
}

export const KEYS = "content_keys"
export const ITEMS = "content_items"

export const contentCollections: readonly CollectionDefinition[] = [
  {
    name: KEYS,
    schema: {
      bsonType: "object",
      required: ["_id", "keyId", "wrapped", "createdAt"],
      additionalProperties: false,
      properties: {
        _id: { bsonType: "string" },
        keyId: { bsonType: "string" },
        wrapped: { bsonType: "binData" },
        createdAt: { bsonType: "date" },
      },
    },
    indexes: [],
  },
  {
    name: ITEMS,
    schema: {
      bsonType: "object",
      required: ["_id", "namespaceId", "keyId", "sealed", "expiresAt"],
      additionalProperties: false,
      properties: {
        _id: { bsonType: "string" },
        namespaceId: { bsonType: "string" },
        keyId: { bsonType: "string" },
        sealed: { bsonType: "binData" },
        expiresAt: { bsonType: "date" },
      },
    },
    indexes: [
      // What the server deletes by itself once its time has come.
      { name: "items_expiry", key: { expiresAt: 1 }, expireAfterSeconds: 0 },
      // What an erasure deletes: the items of one key of one namespace.
      { name: "items_by_key", key: { namespaceId: 1, keyId: 1 } },
    ],
  },
]
