import type { Generation } from "#node/ports/inference-engine.ts"
import type { ModelParts, Slot } from "./model-parts.ts"
import type { OnText } from "./spoken-answer.ts"

/** One answer while it is generated: who has which slot, what is asked, and how much of it fits. */
export interface Answering {
  readonly parts: ModelParts
  readonly slot: Slot
  readonly generation: Generation
  readonly promptTokens: number
  readonly maxTokens: number
  readonly onText: OnText
  /** Nobody waits for it any more. */
  readonly stop: AbortSignal
}
