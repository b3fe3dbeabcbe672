import { Schema } from "effect"

export const ChatMessage = Schema.Struct({
  role: Schema.Literals(["system", "user", "assistant"]),
  content: Schema.String,
})
export type ChatMessage = typeof ChatMessage.Type

/** How to sample. Absent means the engine's OpenAI-like default: temperature 1, top_p 1, a random seed, no stop strings. */
export const Sampling = Schema.Struct({
  temperature: Schema.optionalKey(Schema.Number),
  top_p: Schema.optionalKey(Schema.Number),
  seed: Schema.optionalKey(Schema.Int),
  stop: Schema.optionalKey(Schema.Array(Schema.String)),
  frequency_penalty: Schema.optionalKey(Schema.Number),
  presence_penalty: Schema.optionalKey(Schema.Number),
})
export type Sampling = typeof Sampling.Type

/** The content of a chat job, as it lies in the content store and travels to the node. */
export const InferenceRequest = Schema.Struct({ messages: Schema.Array(ChatMessage), sampling: Sampling })
export type InferenceRequest = typeof InferenceRequest.Type
