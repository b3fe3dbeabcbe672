import type { CountEnd, FromWorker, GenerationEnd } from "./worker-messages.ts"

interface OpenGeneration {
  readonly onText: (text: string, tokens: number) => void
  readonly onEnd: (end: GenerationEnd) => void
}

/** What the inference process was asked and has not answered yet. */
export class OpenRequests {
  readonly #generations = new Map<number, OpenGeneration>()
  readonly #counts = new Map<number, (end: CountEnd) => void>()
  #lastId = 0

  generation(open: OpenGeneration): number {
    this.#lastId += 1
    this.#generations.set(this.#lastId, open)
    return this.#lastId
  }

  count(onCounted: (end: CountEnd) => void): number {
    this.#lastId += 1
    this.#counts.set(this.#lastId, onCounted)
    return this.#lastId
  }

  isOpen(id: number): boolean {
    return this.#generations.has(id)
  }

  answer(message: Extract<FromWorker, { type: "texts" | "ended" | "counted" }>): void {
    switch (message.type) {
      case "texts":
        for (const [id, text, tokens] of message.items) this.#generations.get(id)?.onText(text, tokens)
        return
      case "ended":
        return this.end(message.id, message.end)
      case "counted":
        return this.counted(message.id, message.end)
    }
  }

  counted(id: number, end: CountEnd): void {
    const onCounted = this.#counts.get(id)
    this.#counts.delete(id)
    onCounted?.(end)
  }

  end(id: number, end: GenerationEnd): void {
    const open = this.#generations.get(id)
    this.#generations.delete(id)
    open?.onEnd(end)
  }

  /** The process is gone. */
  failAll(message: string): void {
    for (const id of [...this.#generations.keys()]) this.end(id, { type: "failed", message })
    for (const id of [...this.#counts.keys()]) this.counted(id, { type: "failed" })
  }
}
