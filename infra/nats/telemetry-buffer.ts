import { randomUUID } from "node:crypto"

/** Records in memory; more are dropped. At 1 000 nodes, 100 heartbeats a second come, so this is over a minute without a server. */
export const MAX_BUFFERED = 10_000
const MAX_BATCH_RECORDS = 500
const MAX_BATCH_BYTES = 256 * 1024
export const MAX_RECORD_BYTES = 16 * 1024

/** One message on the wire: records of one kind, `[{"at":…,"data":…},…]`. */
export interface Batch {
  readonly id: string
  readonly kind: string
  readonly records: readonly string[]
}

interface Open {
  readonly records: string[]
  bytes: number
}

/** Gathers records by kind. One message for many is what keeps a server that syncs each message from being busy with heartbeats. */
export class TelemetryBuffer {
  readonly #open = new Map<string, Open>()
  readonly #closed: Batch[] = []
  #records = 0

  get size(): number {
    return this.#records
  }

  /** False when it is full. */
  add(kind: string, record: string): boolean {
    if (this.#records >= MAX_BUFFERED) return false
    this.#records++
    const open = this.#open.get(kind) ?? { records: [], bytes: 0 }
    this.#open.set(kind, open)
    open.records.push(record)
    open.bytes += record.length
    if (open.records.length >= MAX_BATCH_RECORDS || open.bytes >= MAX_BATCH_BYTES) this.#close(kind, open)
    return true
  }

  /** What is to be sent next; it stays until `sent`. */
  next(): Batch | null {
    const [first] = this.#open
    if (this.#closed.length === 0 && first !== undefined) this.#close(...first)
    return this.#closed[0] ?? null
  }

  sent(batch: Batch): void {
    if (this.#closed[0] !== batch) return
    this.#closed.shift()
    this.#records -= batch.records.length
  }

  #close(kind: string, { records }: Open): void {
    this.#open.delete(kind)
    this.#closed.push({ id: randomUUID(), kind, records })
  }
}
