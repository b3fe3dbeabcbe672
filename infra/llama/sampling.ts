import { randomInt } from "node:crypto"
import { type LLamaChatGenerateResponseOptions, type LlamaModel, type Token, TokenBias } from "node-llama-cpp"
import type { Sampling } from "#domain/protocol/inference-request.ts"
import type { Vocabulary } from "./vocabulary.ts"

const UINT32 = 2 ** 32
/** llama.cpp reads this seed as "take a random one". */
const RANDOM_SEED = UINT32 - 1

type Options = Required<LLamaChatGenerateResponseOptions>
export type SamplingOptions = Pick<Options, "temperature" | "topP" | "topK" | "minP" | "seed" | "repeatPenalty"> & {
  readonly tokenBias?: TokenBias
}

/**
 * OpenAI's meaning of the fields: temperature 1 and top_p 1 unless given, no top-k, no min-p, no repeat penalty. The three penalties
 * count over the whole answer, the part that was delivered before among it, and not over the prompt. A seed repeats an answer exactly
 * when nothing else runs: a batch of several sums in another order, and one answer of twenty then differed (temperature 1.2, 60
 * tokens). OpenAI promises no more.
 */
export const samplingOptions = (sampling: Sampling, delivered: readonly Token[], contextLength: number): Omit<SamplingOptions, "tokenBias"> => ({
  temperature: sampling.temperature ?? 1,
  topP: sampling.top_p ?? 1,
  topK: Math.max(0, sampling.top_k ?? 0),
  minP: sampling.min_p ?? 0,
  seed: toSeed(sampling.seed),
  repeatPenalty: penalties(sampling, delivered, contextLength),
})

/** Throws `Unsupported` for a token that the model does not have. */
export const biasOption = ({ logit_bias: biases = {} }: Sampling, model: LlamaModel, vocabulary: Vocabulary): { readonly tokenBias?: TokenBias } => {
  const entries = Object.entries(biases)
  if (entries.length === 0) return {}
  const tokenBias = TokenBias.for(model)
  for (const [id, logit] of entries) tokenBias.set(vocabulary.known(Number(id), "logit_bias"), { logit })
  return { tokenBias }
}

const toSeed = (seed: number | undefined): number => {
  if (seed === undefined) return randomInt(RANDOM_SEED)
  const unsigned = ((seed % UINT32) + UINT32) % UINT32
  return unsigned === RANDOM_SEED ? 0 : unsigned
}

const penalties = (sampling: Sampling, delivered: readonly Token[], contextLength: number): SamplingOptions["repeatPenalty"] => {
  const { frequency_penalty: frequencyPenalty = 0, presence_penalty: presencePenalty = 0, repetition_penalty: penalty = 1 } = sampling
  if (frequencyPenalty === 0 && presencePenalty === 0 && penalty === 1) return false
  const punishTokensFilter = (tokens: Token[]): Token[] => [...delivered, ...tokens]
  return { penalty, frequencyPenalty, presencePenalty, lastTokens: contextLength, penalizeNewLine: true, punishTokensFilter }
}
