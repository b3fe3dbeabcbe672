import { Schema } from "effect"
import type { TokenChoice } from "#domain/protocol/answer-text.ts"

export const LegacyLogprobs = Schema.Struct({
  tokens: Schema.mutable(Schema.Array(Schema.String)),
  token_logprobs: Schema.mutable(Schema.Array(Schema.Number)),
  /** Of each token the likeliest ones in its place. */
  top_logprobs: Schema.mutable(Schema.Array(Schema.Record(Schema.String, Schema.Number))),
  /** Where each token begins in the text, in characters. */
  text_offset: Schema.mutable(Schema.Array(Schema.Int)),
}).annotate({ identifier: "LegacyLogprobs" })
export type LegacyLogprobs = typeof LegacyLogprobs.Type

/** Log probabilities in the form of before chats; one per text, as offsets go on from what was there. */
export class LegacyLogprobsWriter {
  /** A token need not end where a character does. */
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true })
  #offset = 0

  write(tokens: readonly TokenChoice[]): LegacyLogprobs {
    return {
      tokens: tokens.map(({ token }) => token),
      token_logprobs: tokens.map(({ logprob }) => logprob),
      top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map(({ token, logprob }) => [token, logprob]))),
      text_offset: tokens.map(({ bytes }) => {
        const offset = this.#offset
        this.#offset += this.#utf8.decode(Uint8Array.from(bytes), { stream: true }).length
        return offset
      }),
    }
  }
}
