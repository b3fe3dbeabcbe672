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
  /** Absent in what was put before contents said it; those were kept for 30 days. */
  readonly jobId?: string
  readonly field?: string
  readonly putAt?: Date
}

/** How long a namespace's content is kept, from its put; none: the default. Outlives the namespace's data key. */
export interface RetentionDocument {
  /** The namespace. */
  readonly _id: string
  readonly retentionMs: number
}

export const KEYS = "content_keys"
export const ITEMS = "content_items"
export const RETENTION = "content_retention"

export const contentCollections: readonly CollectionDefinition[] = [
  {
    name: RETENTION,
    schema: {
      bsonType: "object",
      required: ["_id", "retentionMs"],
      additionalProperties: false,
      properties: { _id: { bsonType: "string" }, retentionMs: { bsonType: ["int", "long", "double"] } },
    },
    indexes: [],
  },
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
        jobId: { bsonType: "string" },
        field: { bsonType: "string" },
        putAt: { bsonType: "date" },
      },
    },
    indexes: [
      // What the server deletes by itself once its time has come.
      { name: "items_expiry", key: { expiresAt: 1 }, expireAfterSeconds: 0 },
      // What an erasure deletes: the items of one key of one namespace.
      { name: "items_by_key", key: { namespaceId: 1, keyId: 1 } },
      { name: "items_by_job", key: { namespaceId: 1, jobId: 1 } },
    ],
  },
]
