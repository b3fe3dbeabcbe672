/** A fixed set of things that one user at a time may have; who comes when all are taken waits in line. */
export class FreeSlots<Slot> {
  readonly #free: Slot[]
  readonly #waiting: ((slot: Slot) => void)[] = []

  constructor(slots: readonly Slot[]) {
    this.#free = [...slots]
  }

  take(): Promise<Slot> {
    const slot = this.#free.pop()
    if (slot !== undefined) return Promise.resolve(slot)
    return new Promise((resolve) => void this.#waiting.push(resolve))
  }

  giveBack(slot: Slot): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(slot)
    else next(slot)
  }
}
