import { setImmediate } from "node:timers/promises"

/** More waits than can be written soon. */
export class TooManyWaiting extends Error {}

export interface BatchLimits<Item> {
  readonly maxItems: number
  readonly maxWeight: number
  readonly maxWaiting: number
  /** What counts against `maxWeight`. */
  readonly weigh: (item: Item) => number
  /** Items with the same key never share a batch; the later one goes into a later batch. */
  readonly keyOf: (item: Item) => string
}

/** What became of one item of a batch. */
export type Written<Done> = { readonly done: Done } | { readonly failed: unknown }

interface Waiting<Item, Done> {
  readonly item: Item
  readonly settle: (written: Written<Done>) => void
}

/**
 * Group commit: one batch is on its way, what comes meanwhile waits for the next. `write` gives one result per item, in order;
 * when it throws, every item of that batch failed.
 */
export class BatchWriter<Item, Done> {
  readonly #limits: BatchLimits<Item>
  readonly #write: (items: readonly Item[]) => Promise<readonly Written<Done>[]>
  #waiting: Waiting<Item, Done>[] = []
  #running = false

  constructor(limits: BatchLimits<Item>, write: (items: readonly Item[]) => Promise<readonly Written<Done>[]>) {
    this.#limits = limits
    this.#write = write
  }

  submit(item: Item, settle: (written: Written<Done>) => void): void {
    if (this.#waiting.length >= this.#limits.maxWaiting) {
      return settle({ failed: new TooManyWaiting(`${this.#waiting.length} writes wait already`) })
    }
    this.#waiting.push({ item, settle })
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      // Callers that the last batch released are about to come back; one turn of the loop lets them into this one.
      await setImmediate()
      const batch = this.#take()
      const written = await this.#write(batch.map(({ item }) => item)).catch((failed: unknown) => batch.map(() => ({ failed })))
      batch.forEach(({ settle }, index) => settle(written[index] ?? { failed: new Error("the batch has no result for this item") }))
    }
    this.#running = false
  }

  #take(): readonly Waiting<Item, Done>[] {
    const { maxItems, maxWeight, weigh, keyOf } = this.#limits
    const batch: Waiting<Item, Done>[] = []
    const left: Waiting<Item, Done>[] = []
    const keys = new Set<string>()
    let weight = 0
    for (const waiting of this.#waiting) {
      const key = keyOf(waiting.item)
      const itemWeight = weigh(waiting.item)
      const fits = batch.length === 0 || (batch.length < maxItems && weight + itemWeight <= maxWeight)
      if (fits && !keys.has(key)) {
        batch.push(waiting)
        weight += itemWeight
      } else {
        left.push(waiting)
      }
      // Also for those left behind: two writes of one key keep their order.
      keys.add(key)
    }
    this.#waiting = left
    return batch
  }
}
