/** Joins pieces of text so that each piece ends at a whole character: half of a surrogate pair has no UTF-8 and no canonical JSON. */
export class WholeCharacters {
  #half = ""

  /** As much of the text as can go now. */
  take(piece: string): string {
    const text = this.#half + piece
    const last = text.charCodeAt(text.length - 1)
    const cut = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length
    this.#half = text.slice(cut)
    return text.slice(0, cut).toWellFormed()
  }

  /** A half that never found its other. */
  rest(): string {
    const half = this.#half
    this.#half = ""
    return half.toWellFormed()
  }
}
