import { randomBytes, randomUUID } from "node:crypto"
import { DATA_KEY_BYTES, placeOf, seal, unseal } from "./seal.ts"

export interface DataKey {
  readonly id: string
  readonly key: Buffer
}

/** As it is stored: useless without the root key. */
export interface WrappedKey {
  readonly id: string
  readonly wrapped: Buffer
}

/** Unwrapped keys kept in memory; the oldest is dropped beyond it. */
const MAX_CACHED_KEYS = 10_000

/** One key per namespace, made at first use, wrapped by the root key. `findOrMake` gives the stored key, the given one when there was none. */
export class DataKeys {
  readonly #rootKey: Buffer
  readonly #findOrMake: (namespaceId: string, made: WrappedKey) => Promise<WrappedKey>
  readonly #cached = new Map<string, Promise<DataKey>>()

  constructor(rootKey: Buffer, findOrMake: (namespaceId: string, made: WrappedKey) => Promise<WrappedKey>) {
    this.#rootKey = rootKey
    this.#findOrMake = findOrMake
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

  unwrap(namespaceId: string, { id, wrapped }: WrappedKey): Buffer {
    return unseal(this.#rootKey, placeOf("data-key", namespaceId, id), wrapped)
  }

  async #load(namespaceId: string): Promise<DataKey> {
    const id = randomUUID()
    const wrapped = seal(this.#rootKey, placeOf("data-key", namespaceId, id), randomBytes(DATA_KEY_BYTES))
    const stored = await this.#findOrMake(namespaceId, { id, wrapped })
    return { id: stored.id, key: this.unwrap(namespaceId, stored) }
  }
}
