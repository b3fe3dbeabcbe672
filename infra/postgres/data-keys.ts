import { randomBytes, randomUUID } from "node:crypto"
import type pg from "pg"
import { DATA_KEY_BYTES, placeOf, seal, unseal } from "../crypto/seal.ts"
import { ridingOutRestarts } from "./connection-retry.ts"

export interface DataKey {
  readonly id: string
  readonly key: Buffer
}

interface KeyRow {
  readonly key_id: string
  readonly wrapped: Buffer
}

/** Unwrapped keys kept in memory; the oldest is dropped beyond it. */
const MAX_CACHED_KEYS = 10_000

const CREATE = `with made as (
    insert into content.data_keys (namespace_id, key_id, wrapped) values ($1, $2, $3)
    on conflict (namespace_id) do nothing returning key_id, wrapped)
  select key_id, wrapped from made
  union all select key_id, wrapped from content.data_keys where namespace_id = $1 limit 1`

/** One key per namespace, made at first use, wrapped by the root key. */
export class DataKeys {
  readonly #pool: pg.Pool
  readonly #rootKey: Buffer
  readonly #cached = new Map<string, Promise<DataKey>>()

  constructor(pool: pg.Pool, rootKey: Buffer) {
    this.#pool = pool
    this.#rootKey = rootKey
  }

  /** The namespace's key as this process knows it; another process may have erased it since. */
  of(namespaceId: string): Promise<DataKey> {
    const cached = this.#cached.get(namespaceId)
    if (cached !== undefined) return cached
    const loading = this.#load(namespaceId)
    this.#cached.set(namespaceId, loading)
    loading.catch(() => this.forget(namespaceId))
    if (this.#cached.size > MAX_CACHED_KEYS) {
      for (const oldest of this.#cached.keys()) {
        this.#cached.delete(oldest)
        break
      }
    }
    return loading
  }

  forget(namespaceId: string): void {
    this.#cached.delete(namespaceId)
  }

  unwrap(namespaceId: string, row: KeyRow): Buffer {
    return unseal(this.#rootKey, placeOf("data-key", namespaceId, row.key_id), row.wrapped)
  }

  async #load(namespaceId: string): Promise<DataKey> {
    const id = randomUUID()
    const wrapped = seal(this.#rootKey, placeOf("data-key", namespaceId, id), randomBytes(DATA_KEY_BYTES))
    for (;;) {
      const values = [namespaceId, id, wrapped]
      const { rows } = await ridingOutRestarts(() => this.#pool.query<KeyRow>({ name: "content-key", text: CREATE, values }))
      // None: another process made one after this statement's snapshot, and the next statement sees it.
      const row = rows[0]
      if (row !== undefined) return { id: row.key_id, key: this.unwrap(namespaceId, row) }
    }
  }
}
