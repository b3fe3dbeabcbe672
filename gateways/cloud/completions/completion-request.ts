import { Schema } from "effect"
import { countOf, MultimodelFields, optional, samplingFields, StreamOptions, tokenLimit } from "../conversation/request-fields.ts"
import { MAX_JOBS } from "../conversation/order.ts"

/** As OpenAI has it for this route. */
export const DEFAULT_MAX_TOKENS = 16
export const MAX_LEGACY_LOGPROBS = 5

export const TokenIds = Schema.Array(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)))

/** Body of `POST /v1/completions`, as far as it has an effect. */
export const CompletionRequest = Schema.Struct({
  model: Schema.String,
  /** One text or the token ids of one, or several of either: a choice, or `n` of them, for each. */
  prompt: Schema.Union([Schema.String, Schema.Array(Schema.String), TokenIds, Schema.Array(TokenIds)]),
  stream: optional(Schema.Boolean),
  stream_options: StreamOptions,
  n: optional(countOf(MAX_JOBS)),
  /** Only as many as `n`: all that are made are answered. */
  best_of: optional(countOf(MAX_JOBS)),
  max_tokens: optional(tokenLimit),
  ...samplingFields,
  logprobs: optional(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: MAX_LEGACY_LOGPROBS }))),
  /** The prompt comes back before the text. */
  echo: optional(Schema.Boolean),
  suffix: optional(Schema.String),
  ...MultimodelFields,
}).annotate({ identifier: "CompletionRequest" })
export type CompletionRequest = typeof CompletionRequest.Type
