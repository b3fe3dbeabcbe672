import { Effect } from "effect"
import type { Test } from "#domain/protocol/frames.ts"
import { WholeCharacters } from "../jobs/whole-characters.ts"
import type { InferenceEngineShape } from "../ports/inference-engine.ts"
import type { FrameContent } from "./frame-sender.ts"
import type { NodeSettings } from "../settings.ts"

/** Longest text of a `tested` frame. */
const MAX_TEXT_CHARACTERS = 128 * 1024

/** Does what the network tests a model with. A model that fails answers with no text, which the network refuses by name. */
export const selfTest = (
  test: typeof Test.Type,
  engine: InferenceEngineShape,
  { now, log }: NodeSettings,
): Effect.Effect<Extract<FrameContent, { type: "tested" }>> => {
  const { model, request, max_output_tokens: maxOutputTokens } = test
  const startedAt = now()
  const characters = new WholeCharacters()
  let text = ""
  let tokens = 0
  const tested = () => ({
    type: "tested" as const, model, tokens,
    text: text.slice(0, MAX_TEXT_CHARACTERS).toWellFormed(),
    duration_ms: Math.max(0, now() - startedAt),
  })
  if (model !== engine.model.name) return Effect.succeed(tested())
  const generation = { request, deliveredText: "", maxOutputTokens }
  const heard = (piece: string, count: number): void => {
    text += characters.take(piece)
    tokens += count
  }
  return engine.generate(generation, heard).pipe(
    Effect.map(({ promptTokens, completionTokens }) => ({ ...tested(), tokens: completionTokens === 0 ? promptTokens : tokens })),
    Effect.catch((failure) =>
      Effect.sync(() => {
        log.error({ model, failure: failure._tag, reason: failure.message }, "the model failed its test")
        return { ...tested(), text: "", tokens: 0 }
      }),
    ),
  )
}
