/** Status and headers of a reply. */
export interface ReplyHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** What a reader gets of a reply, from one place on. */
export interface Page {
  readonly generation: number
  /** Null: not even the status is known yet. */
  readonly head: ReplyHead | null
  readonly parts: readonly string[]
  /** Nothing comes after these parts. */
  readonly done: boolean
}

/** Characters of parts in one page: well within one message of the bus. */
export const MAX_PAGE_CHARACTERS = 128 * 1024

/** A reply as it is made, for any number of readers: events of a stream, or pieces of a body. */
export class Tape {
  readonly generation: number
  readonly parts: string[] = []
  head: ReplyHead | null = null
  #done = false
  #waiting = new Set<() => void>()

  constructor(generation: number) {
    this.generation = generation
  }

  get done(): boolean {
    return this.#done
  }

  begin(head: ReplyHead): void {
    this.head = head
    this.#wake()
  }

  add(part: string): void {
    this.parts.push(part)
    this.#wake()
  }

  /** Nothing comes any more. */
  end(): void {
    this.#done = true
    this.#wake()
  }

  /** What follows `after` parts; waits for it, at most so long. */
  async page(after: number, patienceMs: number): Promise<Page> {
    if (!this.#done && this.parts.length <= after) await this.#change(patienceMs)
    const parts: string[] = []
    let characters = 0
    for (let next = after; next < this.parts.length; next += 1) {
      const part = this.parts[next] ?? ""
      characters += part.length
      if (parts.length > 0 && characters > MAX_PAGE_CHARACTERS) break
      parts.push(part)
    }
    return { generation: this.generation, head: this.head, parts, done: this.#done && after + parts.length >= this.parts.length }
  }

  #change(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, patienceMs)
      this.#waiting.add(wake)
    })
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }
}
