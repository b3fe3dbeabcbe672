const BUCKETS = 512

/**
 * A persistent map for state that grows for years: `set` copies one of 512 buckets and the spine, never the whole. With 100 000
 * entries a change copies about 700 references, where a plain Map copied per event made folds quadratic.
 */
export class BucketMap<Value> {
  readonly size: number
  readonly #buckets: readonly ReadonlyMap<string, Value>[]

  private constructor(buckets: readonly ReadonlyMap<string, Value>[], size: number) {
    this.#buckets = buckets
    this.size = size
  }

  static empty<Value>(): BucketMap<Value> {
    return new BucketMap<Value>(Array.from({ length: BUCKETS }, () => new Map<string, Value>()), 0)
  }

  get(key: string): Value | undefined {
    return this.#buckets[bucketOf(key)]?.get(key)
  }

  set(key: string, value: Value): BucketMap<Value> {
    return this.#withBucket(key, (bucket) => bucket.set(key, value))
  }

  delete(key: string): BucketMap<Value> {
    return this.get(key) === undefined ? this : this.#withBucket(key, (bucket) => bucket.delete(key))
  }

  *values(): IterableIterator<Value> {
    for (const bucket of this.#buckets) yield* bucket.values()
  }

  #withBucket(key: string, change: (bucket: Map<string, Value>) => void): BucketMap<Value> {
    const index = bucketOf(key)
    const before = this.#buckets[index]
    const bucket = new Map(before)
    change(bucket)
    const buckets = this.#buckets.slice()
    buckets[index] = bucket
    return new BucketMap(buckets, this.size + bucket.size - (before?.size ?? 0))
  }
}

/** FNV-1a over the whole key: callers may choose keys with a common beginning or end. */
const bucketOf = (key: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % BUCKETS
}
