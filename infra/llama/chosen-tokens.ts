import type { Token } from "node-llama-cpp"
import type { TokenChoice } from "#domain/protocol/answer-text.ts"
import type { Vocabulary } from "./vocabulary.ts"

/** OpenAI's number for "hardly ever": JSON has no infinity. */
const LOWEST_LOGPROB = -9999

interface Heard {
  readonly token: Token
  readonly logprob: number
  readonly top: readonly (readonly [Token, number])[]
}

export interface ChoiceOptions {
  readonly top: number
  readonly temperature: number
}

/**
 * Log probabilities of an answer's tokens. They are the model's own, before the temperature, among the tokens that could come at all:
 * what a bias, a penalty or a grammar does is in them, and what top_p, top_k or min_p leave out is not.
 */
export class ChosenTokens {
  readonly #vocabulary: Pick<Vocabulary, "bytes" | "name">
  readonly #options: ChoiceOptions
  readonly #heard: Heard[] = []

  constructor(vocabulary: Pick<Vocabulary, "bytes" | "name">, options: ChoiceOptions) {
    this.#vocabulary = vocabulary
    this.#options = options
  }

  /** Each token as it is chosen; `probabilities` are after the temperature, the likeliest first. */
  hear(token: Token, probabilities: ReadonlyMap<Token, number>): void {
    const { top, temperature } = this.#options
    const scale = temperature === 0 ? 1 : temperature
    const rest = scale === 1 ? 0 : logOfSum([...probabilities.values()].map((probability) => scale * Math.log(probability)))
    const logprob = (probability: number): number => Math.max(LOWEST_LOGPROB, Math.min(0, scale * Math.log(probability) - rest))
    const likeliest: [Token, number][] = []
    for (const [other, probability] of probabilities) {
      if (likeliest.length === top) break
      likeliest.push([other, logprob(probability)])
    }
    this.#heard.push({ token, logprob: logprob(probabilities.get(token) ?? 0), top: likeliest })
  }

  /** Those of the next tokens of the answer. What was chosen before them and is not part of it is forgotten. */
  take(tokens: readonly Token[]): readonly TokenChoice[] {
    return tokens.map((token) => {
      const at = this.#heard.findIndex((heard) => heard.token === token)
      const [heard] = at === -1 ? [] : this.#heard.splice(0, at + 1).slice(-1)
      // Put in by the template, not chosen.
      const { logprob, top } = heard ?? { logprob: 0, top: [] }
      return { ...this.#said(token, logprob), bytes: [...this.#vocabulary.bytes(token)], top: top.map(([other, its]) => this.#said(other, its)) }
    })
  }

  #said(token: Token, logprob: number) {
    const name = this.#vocabulary.name(token)
    const bytes = this.#vocabulary.bytes(token)
    return { token: name, bytes: [...(bytes.length === 0 ? Buffer.from(name) : bytes)], logprob }
  }
}

const logOfSum = (logs: readonly number[]): number => {
  const highest = logs.reduce((most, log) => Math.max(most, log), Number.NEGATIVE_INFINITY)
  return highest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - highest), 0))
}
