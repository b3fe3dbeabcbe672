import type { LlamaContextSequence, LlamaGrammarEvaluationState, Token } from "node-llama-cpp"

/** What the generation that has a sequence wants of each token. */
export interface Watch {
  /** Only what fits it may come next. */
  readonly grammar: LlamaGrammarEvaluationState | null
  /** Hears of each token and of the probabilities that it was chosen by, the likeliest first. */
  readonly heard: ((token: Token, probabilities: ReadonlyMap<Token, number>) => void) | null
}

/**
 * Lets a generation look at the tokens of a sequence, whoever asks for them: `LlamaChat` knows neither log probabilities nor a grammar
 * beside functions, or one that is begun already.
 */
export const watchTokens = (sequence: LlamaContextSequence, watch: () => Watch | null): void => {
  const evaluate = sequence.evaluate.bind(sequence)
  sequence.evaluate = (tokens, options = {}) => {
    const wanted = watch()
    if (wanted === null) return evaluate(tokens, options)
    const { grammar, heard } = wanted
    const bound = grammar === null ? options : { ...options, grammarEvaluationState: grammar }
    return heard === null ? evaluate(tokens, bound) : listened(sequence, tokens, bound, heard)
  }
}

async function* listened(
  sequence: LlamaContextSequence,
  ...[tokens, options, heard]: [...Parameters<LlamaContextSequence["evaluate"]>, NonNullable<Watch["heard"]>]
): AsyncGenerator<Token, void, void | Token | Token[]> {
  const steps = sequence.evaluateWithMetadata(tokens, { probabilities: true }, options)
  try {
    let replacement: void | Token | Token[] = undefined
    while (true) {
      const step = await steps.next(replacement)
      if (step.done === true) return
      heard(step.value.token, step.value.probabilities)
      replacement = yield step.value.token
    }
  } finally {
    await steps.return()
  }
}
