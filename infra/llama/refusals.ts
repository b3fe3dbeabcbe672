/** The model cannot do what a request asks for. The message names it, and holds no content. */
export class Unsupported extends Error {}

/** What must fit into the context at once does not. */
export class TooLong extends Error {
  readonly promptTokens: number

  constructor(promptTokens: number) {
    super("longer than the context")
    this.promptTokens = promptTokens
  }
}
