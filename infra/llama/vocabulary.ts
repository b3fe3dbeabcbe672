import type { LlamaModel, Token } from "node-llama-cpp"
import { Unsupported } from "./refusals.ts"

const BYTE = /^<0x([0-9A-F]{2})>$/

/** The tokens of a model: which there are, and what they say. */
export class Vocabulary {
  readonly #model: LlamaModel
  readonly #size: number
  /** The tokens as the model's file lists them; empty where it does not. */
  readonly #listed: readonly unknown[]
  readonly #isByteLevel: boolean
  readonly #bytes = new Map<Token, Uint8Array>()

  constructor(model: LlamaModel) {
    this.#model = model
    let size = 0
    for (const _ of model.iterateAllTokens()) size += 1
    this.#size = size
    const { model: kind, tokens } = model.fileInfo.metadata.tokenizer.ggml
    this.#isByteLevel = kind === "gpt2"
    this.#listed = tokens
  }

  /** Throws `Unsupported` for a number that is no token of the model. */
  known(id: number, where: string): Token {
    if (this.#has(id)) return id
    throw new Unsupported(`${where}: the model has no token ${id}; its tokens are 0 to ${this.#size - 1}`)
  }

  /** How a token is called: its text, or the name of a control token. */
  name(token: Token): string {
    const bytes = this.bytes(token)
    return bytes.length === 0 ? this.#model.detokenize([token], true) : Buffer.from(bytes).toString("utf8")
  }

  /** Of the text that a token says, which need not be whole characters; none of a control token. */
  bytes(token: Token): Uint8Array {
    const known = this.#bytes.get(token)
    if (known !== undefined) return known
    const bytes = this.#bytesOf(token)
    this.#bytes.set(token, bytes)
    return bytes
  }

  #has(id: number): id is Token {
    return Number.isInteger(id) && id >= 0 && id < this.#size
  }

  #bytesOf(token: Token): Uint8Array {
    if (this.#model.isSpecialToken(token) || this.#model.isEogToken(token)) return new Uint8Array()
    const text = this.#model.detokenize([token])
    const listed = this.#listed[token]
    // Only a part of a character has no text of its own.
    if (!text.includes("\ufffd") || typeof listed !== "string") return Buffer.from(text)
    if (this.#isByteLevel) return Uint8Array.from(Array.from(listed, (character) => BYTE_OF.get(character) ?? 0))
    const byte = BYTE.exec(listed)?.[1]
    return byte === undefined ? Buffer.from(text) : Uint8Array.of(Number.parseInt(byte, 16))
  }
}

/** How byte-level vocabularies write bytes: printable ones as they are, the others one after the other from U+0100 on. */
const BYTE_OF: ReadonlyMap<string, number> = (() => {
  const isPrintable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)
  const others = bytes.filter((byte) => !isPrintable(byte))
  return new Map(bytes.map((byte) => [String.fromCodePoint(isPrintable(byte) ? byte : 256 + others.indexOf(byte)), byte]))
})()
