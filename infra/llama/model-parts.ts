import type { ChatWrapper, LlamaChat, LlamaContextSequence, LlamaEmbeddingContext, LlamaModel } from "node-llama-cpp"
import type { Vocabulary } from "./vocabulary.ts"
import type { Watch } from "./watched-sequence.ts"
import type { LoadedFacts } from "./worker-messages.ts"

export interface Slot {
  readonly sequence: LlamaContextSequence
  readonly chat: LlamaChat
  /** Of the generation that has the slot. */
  stop: AbortSignal | null
  watch: Watch | null
}

export interface ModelParts extends LoadedFacts {
  readonly model: LlamaModel
  readonly vocabulary: Vocabulary
  readonly chatWrapper: ChatWrapper
  /** None when the model only embeds. */
  readonly slots: readonly Slot[]
  /** Made when the first input comes: most nodes never embed. */
  readonly embeddingContext: () => Promise<LlamaEmbeddingContext>
}
