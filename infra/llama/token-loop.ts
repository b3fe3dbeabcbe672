import type { LlamaContextSequence, SequenceEvaluateOptions, Token } from "node-llama-cpp"
import type { SamplingOptions } from "./sampling.ts"
import type { Vocabulary } from "./vocabulary.ts"

/** Tokens and the whole characters that they say; a character that is begun comes with its last token. */
export interface LoopPiece {
  readonly text: string
  readonly tokens: readonly Token[]
}

export interface LoopOptions {
  readonly sequence: LlamaContextSequence
  readonly vocabulary: Vocabulary
  /** What is there already. At least one token. */
  readonly context: readonly Token[]
  readonly sampling: SamplingOptions
  readonly maxTokens: number
  readonly isEnd: (token: Token) => boolean
}

/** Generates text token by token, without a template. Returns how it ended; the context must have room for it all. */
export async function* tokenLoop(options: LoopOptions): AsyncGenerator<LoopPiece, "end" | "length" | "stopped"> {
  const { sequence, vocabulary, context, maxTokens, isEnd } = options
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  const generated: Token[] = []
  let open: Token[] = []
  await sequence.adaptStateToTokens([...context.slice(0, -1)], false)
  const steps = sequence.evaluate([...context.slice(sequence.nextTokenIndex)], evaluateOptions(options.sampling, generated))
  try {
    for await (const token of steps) {
      if (isEnd(token)) return "end"
      generated.push(token)
      open.push(token)
      const text = decoder.decode(vocabulary.bytes(token), { stream: true })
      const atLength = generated.length >= maxTokens
      if (text !== "" || atLength || vocabulary.bytes(token).length === 0) {
        yield { text, tokens: open }
        open = []
      }
      if (atLength) return "length"
    }
    return "stopped"
  } finally {
    await steps.return()
  }
}

const evaluateOptions = ({ repeatPenalty, ...sampling }: SamplingOptions, generated: Token[]): SequenceEvaluateOptions => ({
  ...sampling,
  yieldEogToken: true,
  ...(repeatPenalty === false ? {} : {
    repeatPenalty: {
      punishTokens: () => repeatPenalty.punishTokensFilter?.(generated) ?? generated,
      maxPunishTokens: repeatPenalty.lastTokens ?? generated.length,
      penalty: repeatPenalty.penalty ?? 1,
      frequencyPenalty: repeatPenalty.frequencyPenalty ?? 0,
      presencePenalty: repeatPenalty.presencePenalty ?? 0,
    },
  }),
})
