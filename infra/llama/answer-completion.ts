import type { LlamaModel, Token } from "node-llama-cpp"
import { saidText } from "#domain/protocol/answer-text.ts"
import type { CompletionTask } from "#domain/protocol/inference-request.ts"
import type { Answering } from "./answering.ts"
import { ChosenTokens } from "./chosen-tokens.ts"
import type { ModelParts } from "./model-parts.ts"
import { Unsupported } from "./refusals.ts"
import { biasOption, samplingOptions } from "./sampling.ts"
import { SpokenAnswer } from "./spoken-answer.ts"
import { tokenLoop } from "./token-loop.ts"
import type { GenerationEnd } from "./worker-messages.ts"

/** Text that goes on after a prompt. */
export const answerCompletion = async (answering: Answering, completion: CompletionTask): Promise<GenerationEnd> => {
  const { parts, slot, generation, promptTokens, maxTokens, onText, stop } = answering
  const { model, vocabulary, contextLength } = parts
  const { sampling } = completion
  const { temperature = 1, top_logprobs: top } = sampling
  const said = saidText(generation.deliveredText)
  const delivered = continuation(model, said)
  const chosen = top === undefined ? null : new ChosenTokens(vocabulary, { top, temperature })
  const answer = new SpokenAnswer({ stops: sampling.stop ?? [], chosen, delivered: generation.deliveredText.length }, onText)
  slot.watch = chosen === null ? null : { grammar: null, heard: (token, probabilities) => chosen.hear(token, probabilities) }
  const loop = tokenLoop({
    sequence: slot.sequence, vocabulary, maxTokens,
    context: [...promptOf(completion, parts), ...delivered],
    sampling: { ...samplingOptions(sampling, delivered, contextLength), ...biasOption(sampling, model, vocabulary) },
    isEnd: (token) => model.isEogToken(token),
  })
  let step = await loop.next()
  let stopped = false
  for (; step.done !== true && !stop.aborted && !stopped; step = stopped ? step : await loop.next()) {
    stopped = answer.hear(step.value.text, step.value.tokens) || answer.isFull
  }
  await loop.return("stopped")
  if (stop.aborted && !stopped) return { type: "aborted" }
  if (!stopped) answer.finish()
  const atLimit = step.done === true && step.value === "length"
  const finishReason = atLimit || answer.isFull ? "length" : "stop"
  return { type: "generated", generated: { finishReason, promptTokens, completionTokens: answer.completionTokens } }
}

/** Tokens of the whole prompt. Control tokens come from the model's own rules and from token ids, never from text. */
export const promptOf = ({ prompt, suffix }: CompletionTask, { model, vocabulary }: ModelParts): readonly Token[] => {
  const { bos, eos, shouldPrependBosToken, infill } = model.tokens
  const begin = shouldPrependBosToken && bos !== null ? [bos] : []
  const before = typeof prompt === "string" ? textTokens(model, prompt) : prompt.map((id) => vocabulary.known(id, "prompt"))
  if (suffix === undefined) {
    const tokens = [...(before[0] === bos ? [] : begin), ...before]
    // There has to be a token to go on from.
    const [first] = tokens.length > 0 ? tokens : [bos, eos].filter((token) => token !== null)
    if (first === undefined) throw new Unsupported("prompt: this model cannot begin with nothing")
    return tokens.length > 0 ? tokens : [first]
  }
  if (infill.prefix === null || infill.suffix === null) throw new Unsupported("suffix: this model was not made to fill in text")
  const after = textTokens(model, suffix)
  return infill.middle === null
    ? [...begin, infill.suffix, ...after, infill.prefix, ...before]
    : [...begin, infill.prefix, ...before, infill.suffix, ...after, infill.middle]
}

const textTokens = (model: LlamaModel, text: string): readonly Token[] => model.tokenize(text, false, model.tokens.shouldPrependBosToken ? "trimLeadingSpace" : undefined)

/** Tokens of a text that goes on: no space is put before it. */
export const continuation = (model: LlamaModel, said: string): readonly Token[] => (said === "" ? [] : model.tokenize(said, false, "trimLeadingSpace"))
