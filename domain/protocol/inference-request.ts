import { Schema } from "effect"

/** A function that the model asked the client to call. `arguments` is JSON text, as OpenAI has it. */
export const ToolCall = Schema.Struct({ id: Schema.String, name: Schema.String, arguments: Schema.String })
export type ToolCall = typeof ToolCall.Type

/** One turn of a conversation. `tool` is the client's answer to the call with that id. */
export const ChatMessage = Schema.Union([
  Schema.Struct({ role: Schema.Literals(["system", "user"]), content: Schema.String }),
  Schema.Struct({
    role: Schema.Literal("assistant"),
    content: Schema.String,
    toolCalls: Schema.optionalKey(Schema.Array(ToolCall)),
  }),
  Schema.Struct({ role: Schema.Literal("tool"), content: Schema.String, toolCallId: Schema.String }),
])
export type ChatMessage = typeof ChatMessage.Type

/** A function that the model may ask for. `parameters`: JSON Schema of its arguments; absent means none. */
export const Tool = Schema.Struct({
  name: Schema.String,
  description: Schema.optionalKey(Schema.String),
  parameters: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
})
export type Tool = typeof Tool.Type

/** `auto`: the model decides; `required`: at least one call; a name: exactly this function. `none` is the same as no tools. */
export const ToolChoice = Schema.Union([Schema.Literals(["auto", "required"]), Schema.Struct({ name: Schema.String })])
export type ToolChoice = typeof ToolChoice.Type

/** What the answer must be, enforced while it is generated: any JSON object, or JSON of this schema. */
export const AnswerFormat = Schema.Union([
  Schema.Struct({ type: Schema.Literal("json_object") }),
  Schema.Struct({ type: Schema.Literal("json_schema"), schema: Schema.Record(Schema.String, Schema.Json) }),
])
export type AnswerFormat = typeof AnswerFormat.Type

/** How to sample. Absent means the engine's OpenAI-like default: temperature 1, top_p 1, a random seed, no stop strings. */
export const Sampling = Schema.Struct({
  temperature: Schema.optionalKey(Schema.Number),
  top_p: Schema.optionalKey(Schema.Number),
  /** The k likeliest tokens only; 0 or absent: all. Beyond OpenAI's parameters, as vLLM and llama.cpp have them. */
  top_k: Schema.optionalKey(Schema.Int),
  min_p: Schema.optionalKey(Schema.Number),
  repetition_penalty: Schema.optionalKey(Schema.Number),
  seed: Schema.optionalKey(Schema.Int),
  stop: Schema.optionalKey(Schema.Array(Schema.String)),
  frequency_penalty: Schema.optionalKey(Schema.Number),
  presence_penalty: Schema.optionalKey(Schema.Number),
  /** Added to the logit of a token, by the model's own token id: -100 to 100. */
  logit_bias: Schema.optionalKey(Schema.Record(Schema.String, Schema.Number)),
  /** Log probabilities of the answer's tokens, each with so many alternatives (0 to 20); absent: none. */
  top_logprobs: Schema.optionalKey(Schema.Int),
})
export type Sampling = typeof Sampling.Type

/** The next turn of a conversation. */
export const ChatTask = Schema.Struct({
  task: Schema.Literal("chat"),
  messages: Schema.Array(ChatMessage),
  tools: Schema.optionalKey(Schema.Array(Tool)),
  /** Absent with tools: `auto`. */
  toolChoice: Schema.optionalKey(ToolChoice),
  /** False: at most one call in an answer. */
  parallelToolCalls: Schema.optionalKey(Schema.Boolean),
  format: Schema.optionalKey(AnswerFormat),
  sampling: Sampling,
})
export type ChatTask = typeof ChatTask.Type

/** Text as it is, or the model's own token ids. */
export const Prompt = Schema.Union([Schema.String, Schema.Array(Schema.Int)])
export type Prompt = typeof Prompt.Type

/** Text that goes on after a prompt, without a chat template; with a suffix, text between the two. */
export const CompletionTask = Schema.Struct({
  task: Schema.Literal("completion"),
  prompt: Prompt,
  suffix: Schema.optionalKey(Schema.String),
  sampling: Sampling,
})
export type CompletionTask = typeof CompletionTask.Type

/** A vector per input, of unit length; `dimensions`: the first so many numbers of each, again of unit length. */
export const EmbeddingTask = Schema.Struct({
  task: Schema.Literal("embedding"),
  inputs: Schema.Array(Prompt),
  dimensions: Schema.optionalKey(Schema.Int),
})
export type EmbeddingTask = typeof EmbeddingTask.Type

/** The content of a job, as it lies in the content store and travels to the node. */
export const InferenceRequest = Schema.Union([ChatTask, CompletionTask, EmbeddingTask])
export type InferenceRequest = typeof InferenceRequest.Type

export const Task = Schema.Literals(["chat", "completion", "embedding"])
export type Task = typeof Task.Type

/** What a model can do beyond its tasks; a request that needs more is refused by name before it is paid. */
export const ModelFeature = Schema.Literals([
  "tools", "json_object", "json_schema", "logprobs", "logit_bias", "token_prompts", "suffix", "dimensions",
])
export type ModelFeature = typeof ModelFeature.Type
