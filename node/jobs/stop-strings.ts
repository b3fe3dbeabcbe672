/** A piece of text and the tokens that made it. */
export interface Piece {
  readonly text: string
  readonly tokens: number
}

/**
 * Watches a text that arrives in pieces for the first stop string. Text that may be the beginning of one is held back; what is let go
 * is never part of one. A token counts when at least one character of its piece is let go.
 */
export class StopStrings {
  readonly #stops: readonly string[]
  readonly #release: (text: string, tokens: number) => void
  #held: Piece[] = []
  #heldText = ""
  #found = false

  constructor(stops: readonly string[], release: (text: string, tokens: number) => void) {
    this.#stops = stops.filter((stop) => stop !== "")
    this.#release = release
  }

  /** Takes the next piece; true when a stop string is complete. Everything after that is ignored. */
  take(text: string, tokens: number): boolean {
    if (this.#found) return true
    if (this.#stops.length === 0) {
      this.#release(text, tokens)
      return false
    }
    this.#held.push({ text, tokens })
    this.#heldText += text
    const end = this.#firstStop()
    if (end >= 0) {
      this.#found = true
      this.#letGo(end)
      return true
    }
    this.#letGo(this.#heldText.length - this.#possibleStart())
    return false
  }

  /** No more text comes: what was held back is text after all. */
  finish(): void {
    if (this.#found || this.#held.length === 0) return
    const tokens = this.#held.reduce((sum, piece) => sum + piece.tokens, 0)
    if (this.#heldText !== "" || tokens > 0) this.#release(this.#heldText, tokens)
    this.#held = []
    this.#heldText = ""
  }

  #firstStop(): number {
    const starts = this.#stops.map((stop) => this.#heldText.indexOf(stop)).filter((start) => start >= 0)
    return starts.length === 0 ? -1 : Math.min(...starts)
  }

  /** Length of the longest end of the held text that begins a stop string. */
  #possibleStart(): number {
    const longest = Math.min(this.#heldText.length, Math.max(...this.#stops.map((stop) => stop.length)) - 1)
    for (let length = longest; length > 0; length -= 1) {
      const end = this.#heldText.slice(-length)
      if (this.#stops.some((stop) => stop.startsWith(end))) return length
    }
    return 0
  }

  /** Releases the first `length` characters, cut at the pieces' borders: the piece across the cut counts with its first part. */
  #letGo(length: number): void {
    let released = ""
    let tokens = 0
    const kept: Piece[] = []
    for (const piece of this.#held) {
      const room = length - released.length
      const part = piece.text.slice(0, Math.max(0, room))
      if (part !== "" || (piece.text === "" && kept.length === 0)) {
        tokens += piece.tokens
        released += part
        if (part.length < piece.text.length) kept.push({ text: piece.text.slice(part.length), tokens: 0 })
      } else {
        kept.push(piece)
      }
    }
    this.#held = kept
    this.#heldText = this.#heldText.slice(released.length)
    if (released !== "" || tokens > 0) this.#release(released, tokens)
  }
}
