import type { LlamaEmbeddingContext } from "node-llama-cpp"
import { piecesOf } from "#domain/protocol/answer-text.ts"
import type { EmbeddingTask, Prompt } from "#domain/protocol/inference-request.ts"
import { mostVectors, vectorText } from "#node/jobs/answer-records.ts"
import type { PromptSize } from "#node/ports/inference-engine.ts"
import type { ModelParts } from "./model-parts.ts"
import { TooLong, Unsupported } from "./refusals.ts"
import type { OnText } from "./spoken-answer.ts"
import type { GenerationEnd } from "./worker-messages.ts"

/**
 * Throws `Unsupported` for more vectors than an answer holds, and for shorter ones: vectors can be cut only where a model was trained for
 * that, and no model file says so.
 */
export const checkEmbedding = ({ dimensions, inputs }: EmbeddingTask, { model, tasks }: ModelParts): void => {
  if (!tasks.includes("embedding")) throw new Unsupported("this model does not embed")
  const size = model.embeddingVectorSize
  const most = mostVectors(size)
  if (inputs.length > most) throw new Unsupported(`input: one answer holds ${most} vectors of ${size} numbers, not ${inputs.length}; send fewer inputs at once`)
  if (dimensions !== undefined && dimensions !== size) throw new Unsupported(`dimensions: the vectors of this model have ${size} numbers, no other count`)
}

/** Tokens of the inputs as they are evaluated. */
export const embeddingSize = async ({ inputs }: EmbeddingTask, parts: ModelParts): Promise<PromptSize> => {
  const context = await parts.embeddingContext()
  const sizes = inputs.map((input) => sizeOf(input, parts, context))
  return { tokens: sizes.reduce((sum, size) => sum + size, 0), longest: sizes.reduce((most, size) => Math.max(most, size), 0) }
}

/** A vector per input, in order. Throws `TooLong`. */
export const embed = async (
  task: EmbeddingTask,
  parts: ModelParts,
  { deliveredText, onText, stop }: { readonly deliveredText: string; readonly onText: OnText; readonly stop: AbortSignal },
): Promise<GenerationEnd> => {
  const { tokens: promptTokens, longest } = await embeddingSize(task, parts)
  // The context keeps one place free.
  if (longest >= parts.contextLength) throw new TooLong(longest)
  const context = await parts.embeddingContext()
  for (const input of task.inputs.slice(piecesOf(deliveredText).length)) {
    if (stop.aborted) return { type: "aborted" }
    const { vector } = await context.getEmbeddingFor(tokensOf(input, parts))
    onText(vectorText(vector, vector.length), 0)
  }
  return { type: "generated", generated: { finishReason: "stop", promptTokens, completionTokens: 0 } }
}

const tokensOf = (input: Prompt, { model, vocabulary }: ModelParts) =>
  typeof input === "string" ? model.tokenize(input, false) : input.map((id) => vocabulary.known(id, "input"))

const sizeOf = (input: Prompt, parts: ModelParts, context: LlamaEmbeddingContext): number => context.calculateInputLength(tokensOf(input, parts))
