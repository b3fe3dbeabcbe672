import { Schema } from "effect"

/** Messages in one request. */
export const MAX_MESSAGES = 2_048
export const MAX_STOP_STRINGS = 4

/** Absent and an explicit null mean the same. */
const optional = <Field extends Schema.Top>(field: Field) => Schema.optionalKey(Schema.NullOr(field))

const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))
const tokenLimit = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** Only `text` (and an assistant's `refusal`) parts are served; others are refused by name. */
const ContentPart = Schema.Struct({
  type: Schema.String,
  text: Schema.optionalKey(Schema.String),
  refusal: Schema.optionalKey(Schema.String),
})
export type ContentPart = typeof ContentPart.Type

export const RequestMessage = Schema.Struct({
  /** `developer` is served as `system`; `tool` and `function` are refused. */
  role: Schema.Literals(["system", "developer", "user", "assistant", "tool", "function"]),
  content: optional(Schema.Union([Schema.String, Schema.Array(ContentPart)])),
  name: optional(Schema.String),
})
export type RequestMessage = typeof RequestMessage.Type

/** Body of `POST /v1/chat/completions`, as far as it has an effect. Other fields are accepted and ignored, or refused by name. */
export const ChatRequest = Schema.Struct({
  model: Schema.String,
  messages: Schema.Array(RequestMessage).check(Schema.isBetweenLength(1, MAX_MESSAGES)),
  stream: optional(Schema.Boolean),
  stream_options: optional(Schema.Struct({ include_usage: optional(Schema.Boolean) })),
  max_tokens: optional(tokenLimit),
  /** Wins over `max_tokens`. */
  max_completion_tokens: optional(tokenLimit),
  temperature: optional(between(0, 2)),
  top_p: optional(between(0, 1)),
  frequency_penalty: optional(between(-2, 2)),
  presence_penalty: optional(between(-2, 2)),
  seed: optional(Schema.Int),
  stop: optional(Schema.Union([Schema.String, Schema.Array(Schema.String).check(Schema.isMaxLength(MAX_STOP_STRINGS))])),
}).annotate({ identifier: "ChatRequest" })
export type ChatRequest = typeof ChatRequest.Type
