import type { TextItem } from "./worker-messages.ts"

/** A message between processes costs tens of microseconds on both sides: tokens within this time share one. */
const COALESCE_MS = 20

/** Sends text at once after a pause, and then gathers what comes within a few milliseconds into one message. */
export class TextOutbox {
  readonly #send: (items: readonly TextItem[]) => void
  #items: TextItem[] = []
  #timer: NodeJS.Timeout | null = null

  constructor(send: (items: readonly TextItem[]) => void) {
    this.#send = send
  }

  push(item: TextItem): void {
    this.#items.push(item)
    if (this.#timer === null) this.#sendAndWait()
  }

  flush(): void {
    if (this.#items.length === 0) return
    this.#send(this.#items)
    this.#items = []
  }

  #sendAndWait(): void {
    this.flush()
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (this.#items.length > 0) this.#sendAndWait()
    }, COALESCE_MS)
  }
}
